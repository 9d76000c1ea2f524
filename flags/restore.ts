/** The way back to exactly the recorded state, one change at a time: pure. The settings first, on last. */
import { type Setting, samePayload } from './change.ts';
import type { FlagSnapshot, FlagStrategy } from './port.ts';
import type { FlagRecord } from './state.ts';

export const recordOf = ({ enabled, strategies }: FlagSnapshot): FlagRecord => ({ enabled, strategies });

export type NextRestore =
  | { readonly kind: 'change'; readonly change: Setting }
  | { readonly kind: 'done' }
  /** Somebody rebuilt the flag: it cannot be made what it was by undoing what Hinge did. */
  | { readonly kind: 'impossible'; readonly why: string };

type Pair = readonly [was: FlagStrategy, is: FlagStrategy];

function rollout([was, is]: Pair): Setting[] {
  if (was.rollout === is.rollout || was.rollout === null || is.rollout === null) return [];
  return [{ kind: 'rollout', strategyId: was.id, from: is.rollout, to: was.rollout }];
}

function payloads([was, is]: Pair): Setting[] {
  return was.variants.flatMap(({ payload: to }, variant): Setting[] => {
    const from = is.variants[variant]?.payload ?? null;
    if (to === null || from === null || samePayload(from, to)) return [];
    return [{ kind: 'payload', place: { strategyId: was.id, variant }, from, to }];
  });
}

const shapeOf = ({ id, name, enabled, rollout: percent, variants }: FlagStrategy): string =>
  JSON.stringify([
    id,
    name,
    enabled,
    percent === null,
    variants.map((variant) => [variant.name, variant.payload === null]),
  ]);

/** Whether all but rollouts and payloads is as it was. */
function isSameShape({ strategies }: FlagRecord, snapshot: FlagSnapshot): boolean {
  const shapes = (list: readonly FlagStrategy[]): string => JSON.stringify(list.map(shapeOf).sort());
  return shapes(strategies) === shapes(snapshot.strategies);
}

export function nextRestore(recorded: FlagRecord, snapshot: FlagSnapshot): NextRestore {
  if (!isSameShape(recorded, snapshot)) return { kind: 'impossible', why: 'its strategies are not those of then' };
  const pairs = recorded.strategies.flatMap((was): Pair[] => {
    const is = snapshot.strategies.find(({ id }) => id === was.id);
    return is === undefined ? [] : [[was, is]];
  });
  const [first] = [...pairs.flatMap(rollout), ...pairs.flatMap(payloads)];
  if (first !== undefined) return { kind: 'change', change: first };
  if (recorded.enabled === snapshot.enabled) return { kind: 'done' };
  // Turned on without an enabled strategy, Unleash adds one for everybody.
  if (!snapshot.strategies.some(({ enabled }) => enabled))
    return { kind: 'impossible', why: 'none of its strategies is enabled' };
  return { kind: 'change', change: { kind: 'enable' } };
}
