/** What a look is made of: types alone. */
import type { EventCounts, Log, Slo, TimeRange } from '../model.ts';
import type { Policy } from './behaviour.ts';
import type { FlagPort } from './port.ts';
import type { ControlReading, LiveReading, Readings, UpgradeEvidence } from './readings.ts';
import type { FlagState } from './state.ts';

/** Telemetry and the report, as the controller asks for them. */
export interface ReadingsSource {
  /** Of each range, one or more. */
  eventCounts(slo: Slo, ranges: readonly TimeRange[]): Promise<readonly EventCounts[]>;
  /** Instances of the service by the variant they last reported in the range. */
  variantInstances(
    service: string,
    flagKey: string,
    range: TimeRange,
  ): Promise<readonly { readonly variant: string; readonly instances: number }[]>;
  /** What the signal is to be back at, of the time since the change took effect; null for nothing to compare with. @default none */
  control?(question: ControlQuestion): Promise<ControlReading | null>;
  /** Time of the newest telemetry; null when there is none. */
  newestDataMs(): Promise<number | null>;
  /** Of the current upgrade; null when there is none. */
  suspects(): Promise<UpgradeEvidence | null>;
  /** The live test of the service, begun at the upgrade or, where it was later, when its flag was changed. @default none */
  live?(service: string, changedMs: number | null): Promise<LiveReading | null>;
}

export interface ControlQuestion {
  readonly slo: Slo;
  readonly flag: string;
  readonly range: TimeRange;
  /** Whether instances without the variant are a control: not where the change itself took it from them. */
  readonly byVariant: boolean;
  readonly minEvents: number;
}

export interface Look {
  readonly policy: Policy;
  readonly state: FlagState;
  readonly source: ReadingsSource;
  readonly port: FlagPort | null;
  readonly nowMs: number;
  readonly held: boolean;
  readonly environment: Readings['environment'];
  readonly log: Log;
}
