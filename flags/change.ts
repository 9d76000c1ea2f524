/** The next change towards safety: one rung down a ladder, or off. Never up. */
import { isDeepStrictEqual } from 'node:util';
import type { ControllerState } from '../model.ts';
import type { Behaviour } from './behaviour.ts';
import type { FlagSnapshot, FlagStrategy, PayloadPlace, Undo } from './port.ts';

export type Change =
  | { readonly kind: 'disable' }
  | { readonly kind: 'payload'; readonly place: PayloadPlace; readonly from: string; readonly to: string }
  /** Percent, as text. */
  | { readonly kind: 'rollout'; readonly strategyId: string; readonly from: string; readonly to: string }
  /** Only to put a flag back as it was. */
  | { readonly kind: 'enable' }
  /** Only to take back what a write of ours did to a person's change. */
  | { readonly kind: 'undo'; readonly undo: Undo };

/** A change of the flag's own settings, as opposed to taking one back. */
export type Setting = Exclude<Change, { readonly kind: 'undo' }>;

/** What a behaviour says about the ways down. */
export type WaysDown = Required<Pick<Behaviour, 'policy' | 'ladder' | 'rolloutLadder'>>;

/** Phase in which a change towards safety is made. */
export const PHASE_OF = {
  disable: 'KILL',
  payload: 'TUNE',
  rollout: 'STEP_DOWN',
  enable: 'RESTORE',
} as const satisfies Record<Setting['kind'], ControllerState>;

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}

/** Whether two payloads say the same, however they are spelled. */
export const samePayload = (a: string, b: string): boolean => isDeepStrictEqual(parsed(a), parsed(b));

export const sameChange = (a: Setting, b: Setting): boolean => isDeepStrictEqual(a, b);

const enabledOf = ({ strategies }: FlagSnapshot): FlagStrategy[] => strategies.filter(({ enabled }) => enabled);

/** A payload is stepped down only where it is the flag's only one and stands on the ladder. */
function nextPayload(snapshot: FlagSnapshot, ladder: readonly string[]): Setting | null {
  const payloads = enabledOf(snapshot).flatMap(({ id, variants }) =>
    variants.flatMap(({ payload }, variant) =>
      payload === null ? [] : [{ place: { strategyId: id, variant }, payload }],
    ),
  );
  const [only, ...others] = payloads;
  if (only === undefined || others.length > 0) return null;
  const rung = ladder.findIndex((payload) => samePayload(payload, only.payload));
  const to = rung < 0 ? undefined : ladder[rung + 1];
  return to === undefined ? null : { kind: 'payload', place: only.place, from: only.payload, to };
}

/** The server takes any text for a rollout; only a plain percentage has a side that is known to be lower. */
const PERCENT = /^(100|\d{1,2})$/;

function nextRollout(snapshot: FlagSnapshot, ladder: readonly number[]): Setting | null {
  const [only, ...others] = enabledOf(snapshot);
  const from = only?.rollout ?? '';
  if (only === undefined || others.length > 0 || !PERCENT.test(from)) return null;
  const to = ladder.find((percent) => percent < Number(from));
  return to === undefined ? null : { kind: 'rollout', strategyId: only.id, from, to: String(to) };
}

/**
 * Null when the flag is off: there is nothing to turn down. A setting of somebody else's making has no safe side that we know
 * of, so the flag goes off.
 */
export function nextChange(snapshot: FlagSnapshot, { policy, ladder, rolloutLadder }: WaysDown): Setting | null {
  if (!snapshot.enabled) return null;
  const off: Setting = { kind: 'disable' };
  if (policy === 'tune') return nextPayload(snapshot, ladder) ?? off;
  return policy === 'step-down' ? (nextRollout(snapshot, rolloutLadder) ?? off) : off;
}

/** Whether the flag already is as the change would leave it. */
export function isInForce(change: Setting, snapshot: FlagSnapshot): boolean {
  if (change.kind === 'disable') return !snapshot.enabled;
  if (change.kind === 'enable') return snapshot.enabled;
  const strategyId = change.kind === 'payload' ? change.place.strategyId : change.strategyId;
  const strategy = snapshot.strategies.find(({ id }) => id === strategyId);
  if (change.kind === 'rollout') return strategy?.rollout === change.to;
  const payload = strategy?.variants[change.place.variant]?.payload;
  return payload != null && samePayload(payload, change.to);
}

/** For people: `turn pay.retry off`, `tune pay.retry down from {...} to {...}`, `step pay.retry down from 50 % to 5 %`. */
export function describe(change: Setting | null, flag: string, done: boolean): string {
  const ed = done ? 'ed' : '';
  if (change === null || change.kind === 'disable') return `turn${ed} ${flag} off`;
  if (change.kind === 'enable') return `turn${ed} ${flag} on again`;
  const { from, to } = change;
  if (change.kind === 'payload') return `${done ? 'tuned' : 'tune'} ${flag} from ${from} to ${to}`;
  return `${done ? 'moved' : 'move'} the rollout of ${flag} from ${from} % to ${to} %`;
}
