/** Where configuration comes from: file, environment and command line, merged and not yet checked. */

import { readFileSync } from 'node:fs';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { HingeError } from '../errors.ts';
import { nearest } from './nearest.ts';

export interface Sources {
  /** Path of hinge.yaml; absent: none is read. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Assignments `key.path=value` from the command line. */
  readonly assignments: readonly string[];
}

/** The merged, unchecked value with the origin of each path that did not come from the file. */
export interface Merged {
  readonly value: unknown;
  readonly origins: ReadonlyMap<string, string>;
  readonly file: string | undefined;
  readonly document: Document | undefined;
  readonly lines: LineCounter;
}

/** File, then environment, then assignments, the later winning. */
export function mergeSources(sources: Sources, leaves: readonly string[]): Merged {
  const lines = new LineCounter();
  const document = sources.file === undefined ? undefined : readDocument(sources.file, lines);
  const root: unknown = document?.toJS() ?? {};
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new HingeError(
      'CONFIG_INVALID',
      `${sources.file}: expected keys and values at the top, as in "data: ./hinge-data"`,
    );
  }
  const origins = new Map<string, string>();
  for (const { path, text, origin } of [
    ...fromEnvironment(sources.environment, leaves),
    ...fromAssignments(sources.assignments, leaves),
  ]) {
    setAt(root as Record<string, unknown>, path.split('.'), scalar(text));
    origins.set(path, origin);
  }
  return { value: root, origins, file: sources.file, document, lines };
}

function readDocument(file: string, lines: LineCounter): Document {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HingeError('FILE_MISSING', `cannot read the configuration ${file}; check its path`, {
      cause,
    });
  }
  const document = parseDocument(text, { lineCounter: lines });
  const [first] = document.errors;
  if (first === undefined) return document;
  const where = first.linePos?.[0].line ?? 1;
  throw new HingeError('CONFIG_INVALID', `${file}:${where}: not valid YAML: ${first.message.split('\n')[0]}`);
}

interface Assignment {
  readonly path: string;
  readonly text: string;
  readonly origin: string;
}

/** Names of the environment that are no keys: the file itself, and the token with which commands ask a server. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['HINGE_CONFIG', 'HINGE_TOKEN']);

/** HINGE_STORE_SLOT_SECONDS sets store.slotSeconds. */
function fromEnvironment(environment: Sources['environment'], leaves: readonly string[]): Assignment[] {
  const byName = new Map(leaves.map((leaf) => [environmentName(leaf), leaf]));
  return Object.entries(environment).flatMap(([name, text]) => {
    if (!name.startsWith('HINGE_') || OTHER_NAMES.has(name) || text === undefined) return [];
    const path = byName.get(name);
    if (path === undefined) throw unknownName('environment variable', name, [...byName.keys()]);
    return [{ path, text, origin: `environment variable ${name}` }];
  });
}

function fromAssignments(assignments: readonly string[], leaves: readonly string[]): Assignment[] {
  return assignments.map((assignment) => {
    const at = assignment.indexOf('=');
    const path = at < 0 ? assignment : assignment.slice(0, at);
    if (at < 0) throw new HingeError('USAGE', `--set ${assignment}: expected key=value, as in --set api.port=4400`);
    if (!leaves.includes(path)) throw unknownName('key in --set', path, leaves);
    return { path, text: assignment.slice(at + 1), origin: `--set ${path}` };
  });
}

function unknownName(what: string, name: string, known: readonly string[]): HingeError {
  return new HingeError('CONFIG_INVALID', `unknown ${what} ${name}${nearest(name, known)}`);
}

function environmentName(path: string): string {
  return `HINGE_${path
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('.', '_')
    .toUpperCase()}`;
}

/** Numbers and booleans as such, everything else as the text that it is. */
function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = root;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    const child = typeof next === 'object' && next !== null ? (next as Record<string, unknown>) : {};
    at[key] = child;
    at = child;
  }
  at[path.at(-1) ?? ''] = value;
}
