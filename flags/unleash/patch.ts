/**
 * Guarded changes of a strategy (RFC 6902): what is there is tested before it is replaced. The server does not make the two
 * atomic, so a guard that holds is no proof that nobody wrote in between: the event log tells.
 */
import { isDeepStrictEqual } from 'node:util';
import type { StrategyParts } from '../port.ts';

export interface Operation {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** One text at the pointer. */
export const replace = (path: string, from: string, to: string): Operation[] => [
  { op: 'test', path, value: from },
  { op: 'replace', path, value: to },
];

/** From one state of a strategy to another: every part that differs is tested first, then written. */
export function operationsOf(from: StrategyParts, to: StrategyParts): Operation[] {
  const differing = Object.keys({ ...from, ...to }).filter((key) => !isDeepStrictEqual(from[key], to[key]));
  const tests = differing.flatMap((key): Operation[] =>
    from[key] === undefined ? [] : [{ op: 'test', path: `/${key}`, value: from[key] }],
  );
  const writes = differing.map((key): Operation => {
    if (to[key] === undefined) return { op: 'remove', path: `/${key}` };
    return { op: from[key] === undefined ? 'add' : 'replace', path: `/${key}`, value: to[key] };
  });
  return [...tests, ...writes];
}
