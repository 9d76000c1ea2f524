/** What a controller is made of, and what it tells: types alone. */
import type { Clock, ControllerMode, ControllerState, Log, Slo } from '../../model.ts';
import type { Behaviour } from '../behaviour.ts';
import type { ReadingsSource } from '../gather.ts';
import type { Journal } from '../ledger.ts';
import type { FlagPort } from '../port.ts';

/** One controller a store is active: the holder of the lease. */
export interface Lease {
  /** By a clock of its own, and false well before another one may hold it: longer than a line or a change may take. */
  isHeld(): boolean;
  /**
   * Another number each time the lease is won: without it, a lease that was lost and won again between two looks goes
   * unnoticed, and with it what another controller did meanwhile. @default 0
   */
  term?(): number;
}

export interface ControllerOptions {
  readonly behaviours: readonly Behaviour[];
  readonly slos: readonly Slo[];
  /** Null where no flag server is configured: then no behaviour may have the mode `act` or `approve`. */
  readonly port: FlagPort | null;
  readonly source: ReadingsSource;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalMs: number;
  /** While it is not held this controller reads the journal and writes nothing, neither flags nor lines. @default held */
  readonly lease?: Lease;
}

/** What waits for people: a change in the mode `approve`, or putting the flag back after it did not help. */
export interface Proposal {
  readonly kind: 'change' | 'restore';
  /** Names exactly this proposal: another change, another upgrade or a later breach has another id. */
  readonly id: string;
  /** `turn pay.retry off, because ...`. */
  readonly text: string;
  readonly approvedBy: readonly string[];
  /** Different people who must approve. */
  readonly needed: number;
}

/** Which proposal is meant, where that matters. */
export interface ProposalChoice {
  /** Where the flag awaits people in several. */
  readonly environment?: string;
  /** Refused when another one awaits by now. */
  readonly id?: string;
}

export interface FlagStatus {
  readonly name: string;
  readonly flag: string;
  readonly environment: string;
  readonly mode: ControllerMode;
  readonly state: ControllerState;
  readonly sinceMs: number;
  readonly text: string;
  readonly awaits: Proposal | null;
}
