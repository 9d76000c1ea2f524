/** Upgrades, and what they changed. */

/** One entry of an upgrade's manifest: a service whose build changed. */
export interface ChangedBuild {
  readonly service: string;
  /** Build identities or versions, old and new. */
  readonly from: string;
  readonly to: string;
  readonly releasedAt?: string;
  /** Path of the binary inside the package, where the manifest came from one. */
  readonly path?: string;
}

export interface Upgrade {
  readonly id: string;
  readonly name: string;
  readonly startedMs: number;
  /** When the last instance ran the new build; null while the upgrade goes on. */
  readonly finishedMs: number | null;
  readonly changed: readonly ChangedBuild[];
}
