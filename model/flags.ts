/** The controller, what it guards, and its journal. */

export type ControllerState =
  | 'OBSERVE'
  /** The evidence is suspicion, not ground to act on. */
  | 'SUSPECT'
  | 'CONFIRMED'
  | 'AWAIT_APPROVAL'
  /** The rollout is being lowered. */
  | 'STEP_DOWN'
  /** A safer payload is being set. */
  | 'TUNE'
  /** The flag is being turned off. */
  | 'KILL'
  | 'VERIFY_PUBLISHED'
  | 'VERIFY_RECOVERY'
  /** Recovery is proved; the cool-down runs. */
  | 'HOLD'
  /** The cool-down is over: the flag is people's again, and stays as it is. */
  | 'HANDED_BACK'
  /** Turned off and still bad: the flag was not the cause. */
  | 'EXHAUSTED'
  /** The flag is being put back as it was before the first change. */
  | 'RESTORE'
  /** A person has the flag. */
  | 'YIELDED'
  | 'BLOCKED';

/** A line of the journal is about one flag, or says that all changes were stopped or resumed. */
export type JournalState = ControllerState | 'STOPPED' | 'RESUMED';

/** What the controller may do with a flag: `dry-run` says what it would do, `approve` asks a person first. */
export type ControllerMode = 'observe' | 'dry-run' | 'approve' | 'act';

/** Good and all events of an SLO in a window. */
export interface EventCounts {
  readonly good: number;
  readonly total: number;
}

/** What is asked of calls: `share` of them (0 to 1) good, where good is no error, under the threshold, or the first attempt. */
export interface Slo {
  readonly name: string;
  readonly service: string;
  /** Limits the SLO to one endpoint of the service; all of its SERVER and CONSUMER endpoints when absent. */
  readonly endpoint?: string;
  readonly indicator: 'latency' | 'errors' | 'retries';
  /** For latency: a call is good up to this many milliseconds. */
  readonly thresholdMs?: number;
  readonly objective: number;
}

/** One line of the controller's journal: append-only, each line carrying the hash of the one before. */
export interface JournalEntry {
  /** 1, 2, 3 ...: the order of the chain. */
  readonly sequence: number;
  readonly atMs: number;
  /** `hinge`, or the name of the person who acted. */
  readonly actor: string;
  readonly flag: string;
  readonly environment: string;
  readonly upgradeId: string;
  readonly state: JournalState;
  /** What is about to be written to the flag server; empty when the line only records a state. Written before the call. */
  readonly intent: string;
  /** One sentence for people. */
  readonly text: string;
  /** The controller's state and the readings behind the decision, as JSON: enough to resume from. */
  readonly evidence: string;
  /** SHA-256, hex: of the line before (empty for the first), and of this line. */
  readonly previousHash: string;
  readonly hash: string;
}
