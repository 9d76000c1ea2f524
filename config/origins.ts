/** Names what is wrong with a configuration: the key, where it was written, and what is allowed there. */

import { type Document, isNode } from 'yaml';
import { z } from 'zod';
import { HingeError } from '../errors.ts';
import { nearest } from './nearest.ts';
import type { Merged } from './sources.ts';

/** Knows for each path of the merged value where it came from, and words the first thing wrong with it. */
export class Origins {
  readonly value: unknown;
  readonly #merged: Merged;

  constructor(merged: Merged) {
    this.value = merged.value;
    this.#merged = merged;
  }

  /**
   * The first issue as an error that names origin, line, key, and what is allowed. A mistyped key is two issues, one unknown
   * and one missing: the unknown one is what to mend.
   */
  describe(error: z.ZodError, schema: z.ZodType): HingeError {
    const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
    if (issue === undefined) return new HingeError('CONFIG_INVALID', 'the configuration is wrong');
    if (issue.code === 'unrecognized_keys') {
      const key = issue.keys[0] ?? '';
      const path = [...issue.path, key];
      const known = keysAt(schema, issue.path);
      const hint = nearest(key, known) || `; known here: ${known.join(', ')}`;
      return new HingeError('CONFIG_INVALID', `${this.#where(path)}unknown key ${path.join('.')}${hint}`);
    }
    return this.refusal(issue.path, issue.message);
  }

  /** An error about what stands at the path: origin, line, key, and what is wrong there. */
  refusal(path: readonly PropertyKey[], message: string): HingeError {
    return new HingeError('CONFIG_INVALID', `${this.#where(path)}${path.join('.')}: ${message}`);
  }

  #where(path: readonly PropertyKey[]): string {
    const origin = this.#merged.origins.get(path.join('.'));
    if (origin !== undefined) return `${origin}: `;
    const { document, file, lines } = this.#merged;
    if (document === undefined || file === undefined) return '';
    for (let length = path.length; length > 0; length -= 1) {
      const offset = offsetOf(document, path.slice(0, length));
      if (offset !== undefined) return `${file}:${lines.linePos(offset).line}: `;
    }
    return `${file}: `;
  }
}

/** Offset of the key of a path in the document, else of its value. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const items = (parent as { items?: unknown } | null)?.items;
  const last = path.at(-1);
  if (Array.isArray(items)) {
    for (const item of items as { key?: unknown }[]) {
      const key = item.key;
      if (isNode(key) && (key as { value?: unknown }).value === last) return key.range?.[0];
    }
  }
  const node = document.getIn([...path], true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = inner(schema);
  for (const key of path) {
    if (at instanceof z.ZodObject) at = inner((at.shape as Record<PropertyKey, z.ZodType>)[key] ?? z.never());
    else if (at instanceof z.ZodArray) at = inner(at.element as z.ZodType);
    else if (at instanceof z.ZodRecord) at = inner(at.valueType as z.ZodType);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** The schema below default, prefault and optional. */
export function inner(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return inner(schema.unwrap() as z.ZodType);
  }
  return schema;
}
