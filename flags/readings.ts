/** What the controller knows at one look: telemetry, the report, the flag. Types alone; `gather` fills them. */

import type { RuleCounts } from '../analysis/live/burn.ts';
import type { LiveDecision, StreamEvidence } from '../analysis/live/state.ts';
import type { Conclusion, EventCounts, Finding, Suspect } from '../model.ts';
import type { FlagEvent, FlagSnapshot } from './port.ts';

/** The current upgrade and what the report says of it so far. */
export interface UpgradeEvidence {
  readonly upgradeId: string;
  /** Services whose build the manifest changes. */
  readonly changed: readonly string[];
  readonly suspects: readonly Suspect[];
  readonly findings: readonly Finding[];
  readonly conclusion?: Conclusion;
  /** End of the time that the findings are about, milliseconds since the Unix epoch. Absent: they are about now. */
  readonly untilMs?: number;
  /** Whether the time after the upgrade that is compared is over, so that the findings are the last ones. @default false */
  readonly isComplete?: boolean;
}

/** What the live test says of one service since the upgrade, or since the flag was changed. */
export interface LiveReading {
  readonly decision: LiveDecision['kind'];
  /** One sentence for people. */
  readonly text: string;
  /** What is suspected, worst first, each endpoint once. */
  readonly findings: readonly StreamEvidence[];
}

/** Whom a signal is compared with after a change: builds of before or instances without the variant, in the same minutes; else the time before the upgrade. */
export type ControlKind = 'build' | 'variant' | 'before';

/** Whether a signal is back at its control's level: both counted by the same rule, since the change took effect. */
export interface ControlReading {
  readonly kind: ControlKind;
  /** Calls that the change was meant for. */
  readonly changed: EventCounts;
  /** The same calls, bad only where they are worse than good by more than the endpoint's tolerance. */
  readonly beyond: EventCounts;
  readonly control: EventCounts;
  /** Share of bad events of `beyond` that is tolerated beside this control, 0 to 1, chance left out. */
  readonly tolerated: number;
}

export interface SloReading {
  readonly slo: string;
  /** What regressed, beside the SLOs of the policy: it has no objective to meet, only a control's level. @default false */
  readonly isSignal?: boolean;
  readonly objective: number;
  readonly rules: readonly RuleCounts[];
  /** Since the change took effect; null while there is none. */
  readonly recovery: EventCounts | null;
  /** Absent or null: not asked for, or not known. */
  readonly control?: ControlReading | null;
}

/** Instances of the service by whether they report a variant of the flag other than `disabled`. */
export interface Exposure {
  readonly exposed: number;
  readonly instances: number;
}

export type FlagReading =
  | { readonly kind: 'known'; readonly snapshot: FlagSnapshot; readonly changes: readonly FlagEvent[] }
  /** Refused or away: the line to act on. */
  | { readonly kind: 'blocked'; readonly line: string }
  /** No flag server is configured: the controller can only say what it would do. */
  | { readonly kind: 'none' };

export interface Readings {
  readonly newestDataMs: number | null;
  readonly slos: readonly SloReading[];
  /** Null where no instance reports the flag at all. */
  readonly exposure: Exposure | null;
  readonly evidence: UpgradeEvidence | null;
  /** Null where there is no live test, or where old and new did not serve together in its time. */
  readonly live: LiveReading | null;
  readonly flag: FlagReading;
  /** Whether the change made is handed out; null when it cannot be told. */
  readonly published: boolean | null;
  /** A person has pinned the flag. */
  readonly held: boolean;
  /** Of all flags in the environment: changes by the controller within the last hour, flags in breach now. */
  readonly environment: { readonly changes: number; readonly breaching: number };
}
