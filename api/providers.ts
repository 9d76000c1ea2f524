/** What the API needs of the rest of Hinge, and no more; the command that serves it passes it in. */
import type { FlagStatus } from '../dashboards/page/index.ts';
import type { Action, ChangedBuild, Report, Upgrade } from '../model.ts';
import type { Storage } from './schemas.ts';

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
    hold(flag: string): Promise<void> | void;
    stop(): void;
    resume(): void;
    states(): readonly FlagStatus[];
  };
  ready(): Promise<Readiness>;
  storage(): Promise<Storage>;
  /** Prometheus text exposition. */
  metrics(): Promise<string>;
}
