import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, HingeError, messageOf } from '../errors.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d) \|/gm)].map(([, code, exitCode]) => [code, Number(exitCode)]);

describe('docs/errors.md', () => {
  it('has a row for every code, with its exit code, and no other', () => {
    const codes = Object.entries(ERROR_CODES).map(([code, { exitCode }]) => [code, exitCode]);
    expect(rows.toSorted()).toEqual(codes.toSorted());
  });
});

describe('an error', () => {
  it('says whether the same call may succeed later', () => {
    expect(new HingeError('OVERLOADED', 'full', { retryable: true }).retryable).toBe(true);
    expect(new HingeError('USAGE', 'wrong').retryable).toBe(false);
  });

  it.each([
    [new Error('a\n  b'), 'a b'],
    ['text', 'text'],
    [undefined, 'undefined'],
  ])('is told in one line: %s', (thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});
