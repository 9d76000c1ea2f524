/** The controller's state of one flag in one environment: plain data, stored in the journal, resumed from it. */
import type { ControllerState } from '../model.ts';
import type { Change } from './change.ts';

/** The grounds of a decision. */
export interface Breach {
  readonly atMs: number;
  /** The worst SLO and its share of bad events in the short window; null when a finding alone was the ground. */
  readonly slo: string | null;
  readonly badShare: number | null;
  readonly because: string;
}

export interface ChangeUnderWay {
  readonly change: Change;
  readonly decidedMs: number;
  readonly triedMs: number;
  /** Event of the flag server; null until it is read back. */
  readonly eventId: number | null;
}

export interface FlagState {
  readonly phase: ControllerState;
  /** A stable word for why the phase waits; empty when it does not. */
  readonly reason: string;
  /** One sentence for people. */
  readonly text: string;
  /** When the phase began. */
  readonly sinceMs: number;
  readonly upgradeId: string;
  /** Newest event when the flag was last looked at with a change in mind: later events of others mean that a person acted. */
  readonly armedEventId: number | null;
  readonly breach: Breach | null;
  readonly change: ChangeUnderWay | null;
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
}

export const INITIAL: FlagState = {
  phase: 'OBSERVE',
  reason: '',
  text: 'watching',
  sinceMs: 0,
  upgradeId: '',
  armedEventId: null,
  breach: null,
  change: null,
  lastChangeMs: null,
  clearMs: null,
  goodLooks: 0,
  lookedMs: null,
  blockedFrom: null,
  retryMs: null,
};

export interface Decision {
  readonly state: FlagState;
  /** What is to be written to the flag server now: at most one. */
  readonly intents: readonly Change[];
}

/** Stays in the phase, for a reason that people see; the same words again are no news. */
export function wait(state: FlagState, reason: string, text: string): Decision {
  return { state: state.reason === reason ? state : { ...state, reason, text }, intents: [] };
}

export function enter(
  state: FlagState,
  phase: ControllerState,
  nowMs: number,
  text: string,
  with_: Partial<FlagState> = {},
): Decision {
  return { state: { ...state, reason: '', ...with_, phase, text, sinceMs: nowMs }, intents: [] };
}
