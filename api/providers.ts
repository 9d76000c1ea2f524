/** What the API needs of the rest of Hinge, and no more; the command that serves it passes it in. */
import type { Action, ChangedBuild, EventCounts, JournalEntry, Report, TimeRange, Upgrade } from '../model.ts';
import type { Automation, BrakeWay, FlagStatus, Outcomes, ProposalChoice, Replayed, Storage } from './schemas.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly text: string }[];
}

export interface ApiProviders {
  readonly upgrades: {
    list(): Promise<readonly Upgrade[]>;
    start(upgrade: { readonly name: string; readonly changed: readonly ChangedBuild[] }): Promise<Upgrade>;
    /** Throws NOT_FOUND for an id that nobody started. */
    finish(id: string): Promise<Upgrade>;
  };
  /** Throws NOT_FOUND for an id that nobody started. */
  report(upgradeId: string): Promise<Report>;
  readonly actions: {
    list(): readonly Action[];
    /** These four throw NOT_FOUND for a flag that no behaviour has, the last two FLAGS_CONFLICT where nothing awaits a person. */
    hold(flag: string, actor: string): Promise<void> | void;
    rearm(flag: string, actor: string): Promise<void> | void;
    approve(flag: string, actor: string, choice: ProposalChoice): Promise<void>;
    restore(flag: string, actor: string, choice: ProposalChoice): Promise<void>;
    stop(actor: string, way: BrakeWay): void;
    resume(actor: string, way: BrakeWay): void;
    states(): readonly FlagStatus[];
    automation(): Automation;
  };
  outcomes(): Promise<Outcomes>;
  /** Throws NOT_FOUND for an id that nobody started, INPUT_INVALID for behaviours or SLOs that the configuration would refuse. */
  replay(
    upgradeId: string,
    policy: {
      readonly behaviours: readonly unknown[];
      readonly slos: readonly unknown[];
      readonly lateMinutes: number;
    },
  ): Promise<Replayed>;
  /** Some hundred lines after a number, in order; none after the last. */
  journal(after: number): Promise<readonly JournalEntry[]>;
  /** Second by second. Throws NOT_FOUND for an SLO that is not configured. */
  sloEvents(slo: string, range: TimeRange): Promise<readonly (EventCounts & { readonly atMs: number })[]>;
  ready(): Promise<Readiness>;
  storage(): Promise<Storage>;
  /** Prometheus text exposition. */
  metrics(): Promise<string>;
}
