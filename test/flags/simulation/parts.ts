/** What the referee's checks share. */
import type { Policy } from '../../../flags/behaviour.ts';
import type { Change } from '../../../flags/change.ts';
import type { FlagState } from '../../../flags/state.ts';
import type { JournalEntry } from '../../../model.ts';
import type { Telemetry } from './telemetry.ts';
import type { Time } from './time.ts';

export interface RefereeParts {
  readonly time: Time;
  readonly telemetry: Telemetry;
  readonly policies: readonly Policy[];
  readonly entries: () => readonly JournalEntry[];
  /** Of the lease; null where there is none. */
  readonly holder: () => string | null;
  readonly hasLease: boolean;
}

export type Complain = (promise: string, what: string) => void;

/** A line that says what is about to be written. */
export interface IntentLine {
  readonly entry: JournalEntry;
  readonly state: FlagState;
  readonly change: Change;
  readonly policy: Policy;
}

export const stateOf = (entry: JournalEntry): FlagState => (JSON.parse(entry.evidence) as { state: FlagState }).state;
