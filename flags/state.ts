/** The controller's state of one flag in one environment: plain data, stored in the journal, resumed from it. */
import type { ControllerState, Slo } from '../model.ts';
import type { Change, Setting } from './change.ts';
import type { FlagSnapshot } from './port.ts';

/** The grounds of a decision. */
export interface Breach {
  readonly atMs: number;
  /** The worst SLO and its share of bad events in the short window; null when a finding alone was the ground. */
  readonly slo: string | null;
  readonly badShare: number | null;
  readonly because: string;
  /** What regressed, where a finding or the live test was the ground and events can tell. Absent: not so, or a line of an earlier version. */
  readonly signal?: Slo;
}

export interface ChangeUnderWay {
  readonly change: Setting;
  /** When it was first decided: made again within the cool-down it is no second change. */
  readonly firstMs: number;
  readonly decidedMs: number;
  readonly triedMs: number;
  /** Calls made so far; the answer of an earlier one may still be on its way. */
  readonly attempts: number;
  /** Event of the flag server; null until it is read back. */
  readonly eventId: number | null;
}

/** What waits for people. It names one change: another change or a later breach is another proposal. */
export interface ProposalState {
  readonly kind: 'change' | 'restore';
  readonly id: string;
  /** Null for a restore: what it takes is worked out when it is made. */
  readonly change: Setting | null;
  readonly text: string;
  readonly approvals: readonly Approval[];
}

export interface Approval {
  readonly actor: string;
  readonly atMs: number;
}

/** How the flag stood before the first change of the case. */
export type FlagRecord = Pick<FlagSnapshot, 'enabled' | 'strategies'>;

export interface FlagState {
  readonly phase: ControllerState;
  /** A stable word for why the phase waits; empty when it does not. */
  readonly reason: string;
  /** One sentence for people. */
  readonly text: string;
  /** When the phase began. */
  readonly sinceMs: number;
  readonly upgradeId: string;
  /**
   * Newest event when the case began: later events of others mean that a person acted. It does not move with our own writes,
   * because the server gives ids before it commits.
   */
  readonly armedEventId: number | null;
  /** Newest event of our own that is accounted for. */
  readonly ownEventId: number | null;
  readonly breach: Breach | null;
  /** Since when, without a break, a finding has been a ground to act on; null where none is. */
  readonly groundMs: number | null;
  /** The last change of the case, made or under way; kept until a new upgrade or a person begins a new case. */
  readonly change: ChangeUnderWay | null;
  readonly proposal: ProposalState | null;
  /** Null before the first change of a case, and once it is closed. */
  readonly recorded: FlagRecord | null;
  /** When the flag was last put back, or began to be; once a case. */
  readonly restoredMs: number | null;
  readonly lastChangeMs: number | null;
  /** When telemetry first showed the change in effect. */
  readonly clearMs: number | null;
  readonly goodLooks: number;
  /** Newest data at the last look that counted. */
  readonly lookedMs: number | null;
  /** Phase to return to once the flag can be read again. */
  readonly blockedFrom: ControllerState | null;
  /** A refused write is not tried again before. */
  readonly retryMs: number | null;
  /** A write of ours that overwrote a person's change is being taken back. */
  readonly undoing: { readonly attempts: number; readonly triedMs: number } | null;
}

export const INITIAL: FlagState = {
  phase: 'OBSERVE',
  reason: '',
  text: 'watching',
  sinceMs: 0,
  upgradeId: '',
  armedEventId: null,
  ownEventId: null,
  breach: null,
  groundMs: null,
  change: null,
  proposal: null,
  recorded: null,
  restoredMs: null,
  lastChangeMs: null,
  clearMs: null,
  goodLooks: 0,
  lookedMs: null,
  blockedFrom: null,
  retryMs: null,
  undoing: null,
};

/** The reason of a flag that is held by a tag: the only hold that ends without a word to Hinge. */
export const TAGGED = 'tagged';

/** What a new case begins without. */
export const NEW_CASE = { breach: null, change: null, proposal: null, recorded: null, restoredMs: null } as const;

export interface Decision {
  readonly state: FlagState;
  /** What is to be written to the flag server now: at most one. */
  readonly intents: readonly Change[];
}

/** Nothing new. */
export const stay = (state: FlagState): Decision => ({ state, intents: [] });

/** Stays in the phase, for a reason that people see; the same words again are no news. */
export function wait(state: FlagState, reason: string, text: string): Decision {
  return stay(state.reason === reason ? state : { ...state, reason, text });
}

export function enter(
  state: FlagState,
  phase: ControllerState,
  nowMs: number,
  text: string,
  with_: Partial<FlagState> = {},
): Decision {
  return stay({ ...state, reason: '', ...with_, phase, text, sinceMs: nowMs });
}

/** Back to watching: a flag that was handed back stays so. */
export function rest(state: FlagState, nowMs: number, text: string): Decision {
  const isHandedBack = state.change?.eventId != null && state.recorded === null;
  return enter(state, isHandedBack ? 'HANDED_BACK' : 'OBSERVE', nowMs, text, { breach: null, proposal: null });
}

/** A change whose outcome is not known: it may have been made, or may be yet. */
export function pendingChange({ change }: FlagState): ChangeUnderWay | null {
  return change?.eventId === null ? change : null;
}

/** A call whose answer is lost may be heard this much later, by a proxy or a server that was busy. */
const MOST_LATE_MS = 120_000;

/** When the flag was last changed by us, or may be yet: a call whose outcome is not known counts as made as late as it can be. */
export function lastTouchedMs(state: FlagState): number | null {
  const { change, lastChangeMs } = state;
  if (change === null) return lastChangeMs;
  // One call was read back; of those before it any may still be heard, where a person has set the flag back meanwhile.
  const isOut = change.eventId === null || change.attempts > 1;
  const latestMs = change.triedMs + (isOut ? MOST_LATE_MS : 0);
  return Math.max(latestMs, lastChangeMs ?? 0);
}

const WRITING = new Set<ControllerState>(['STEP_DOWN', 'TUNE', 'KILL', 'RESTORE']);

/** A call to the flag server is under way, or its answer is out. */
export const isWriting = ({ phase }: FlagState): boolean => WRITING.has(phase);
