/** Reads changed.json: the services of an upgrade whose build changed. */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { HingeError, messageOf } from '../errors.ts';
import type { ChangedBuild } from '../model.ts';

const schema = z.object({
  changed: z.array(
    z.object({
      service: z.string().min(1),
      from: z.string().default(''),
      to: z.string().default(''),
      releasedAt: z.iso.datetime({ offset: true }).optional(),
      path: z.string().optional(),
    }),
  ),
});

/** @throws HingeError FILE_MISSING, or INPUT_INVALID naming the place in the file that is wrong */
export function readChangedFile(path: string): readonly ChangedBuild[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw new HingeError('INPUT_INVALID', `${path}: not JSON: ${messageOf(cause)}`, { cause });
    throw new HingeError('FILE_MISSING', `cannot read ${path}; check the path given with --changed`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data.changed as readonly ChangedBuild[];
  const issue = parsed.error.issues[0];
  const expected = 'expected {"changed":[{"service":"checkout","from":"v1","to":"v2"}]}';
  throw new HingeError('INPUT_INVALID', `${path}: ${issue?.path.join('.') || 'top'}: ${issue?.message}; ${expected}`);
}
