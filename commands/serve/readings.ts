/** What the controller reads: event counts and exposures from the store, suspects from the report of the newest upgrade. */

import type { ReadingsSource } from '../../flags/gather.ts';
import type { Clock, Report } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import type { Upgrades } from './upgrades.ts';

export interface ReadingsOptions {
  readonly store: Store;
  readonly upgrades: Upgrades;
  readonly clock: Clock;
  /** A report is made anew after this long: it reads far more than the burn rate does. */
  readonly reportEveryMs: number;
}

export function createReadings({ store, upgrades, clock, reportEveryMs }: ReadingsOptions): ReadingsSource {
  let cached: { readonly upgradeId: string; readonly atMs: number; readonly report: Report } | undefined;
  return {
    eventCounts: (slo, range) => store.eventCounts(slo, range),
    variantInstances: (service, flag, range) => store.variantInstances(service, flag, range),
    newestDataMs: async () => (await store.status()).newestSpanMs,
    async suspects() {
      const upgrade = await upgrades.latest();
      if (upgrade === null) return null;
      const nowMs = clock();
      if (cached === undefined || cached.upgradeId !== upgrade.id || nowMs - cached.atMs >= reportEveryMs) {
        cached = { upgradeId: upgrade.id, atMs: nowMs, report: await upgrades.report(upgrade.id) };
      }
      const { suspects, findings, conclusion } = cached.report;
      return {
        upgradeId: upgrade.id,
        changed: upgrade.changed.map((each) => each.service),
        suspects,
        findings,
        conclusion,
      };
    },
  };
}
