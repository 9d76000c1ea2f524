/** The next change towards safety: one rung down the ladder of payloads, or off. Never up. */
import { isDeepStrictEqual } from 'node:util';
import type { FlagSnapshot, PayloadPlace } from './port.ts';

export type Change =
  | { readonly kind: 'disable' }
  | { readonly kind: 'payload'; readonly place: PayloadPlace; readonly from: string; readonly to: string };

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}

const same = (a: string, b: string): boolean => isDeepStrictEqual(parsed(a), parsed(b));

interface Payload {
  readonly place: PayloadPlace;
  readonly payload: string;
}

/** Every payload that an enabled strategy hands out. */
function payloadsOf(snapshot: FlagSnapshot): Payload[] {
  return snapshot.strategies
    .filter((strategy) => strategy.enabled)
    .flatMap(({ id, variants }) =>
      variants.flatMap(({ payload }, variant) =>
        payload === null ? [] : [{ place: { strategyId: id, variant }, payload }],
      ),
    );
}

/**
 * Null when the flag is off: there is nothing to turn down. A payload is stepped down only where it is the flag's only one and
 * stands on the ladder; a payload of somebody else's making has no safe side that we know of, so the flag goes off.
 */
export function nextChange(snapshot: FlagSnapshot, ladder: readonly string[]): Change | null {
  if (!snapshot.enabled) return null;
  const [only, ...others] = payloadsOf(snapshot);
  if (only !== undefined && others.length === 0) {
    const rung = ladder.findIndex((payload) => same(payload, only.payload));
    const to = rung < 0 ? undefined : ladder[rung + 1];
    if (to !== undefined) return { kind: 'payload', place: only.place, from: only.payload, to };
  }
  return { kind: 'disable' };
}

/** Whether the flag already is as the change would leave it. */
export function isInForce(change: Change, snapshot: FlagSnapshot): boolean {
  if (change.kind === 'disable') return !snapshot.enabled;
  const { strategyId, variant } = change.place;
  const payload = snapshot.strategies.find(({ id }) => id === strategyId)?.variants[variant]?.payload;
  return payload != null && same(payload, change.to);
}

/** For people: `turn pay.retry off`, `step pay.retry down from {...} to {...}`. */
export function describe(change: Change | null, flag: string, done: boolean): string {
  if (change === null || change.kind === 'disable') return `${done ? 'turned' : 'turn'} ${flag} off`;
  return `${done ? 'stepped' : 'step'} ${flag} down from ${change.from} to ${change.to}`;
}
