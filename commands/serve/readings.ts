/** What the controller reads: event counts and exposures from the store, suspects from the report of the newest upgrade, the live test. */

import type { ReadingsSource } from '../../flags/gather.ts';
import type { UpgradeEvidence } from '../../flags/readings.ts';
import type { Clock } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import type { Upgrades } from './upgrades.ts';

export interface ReadingsOptions {
  readonly store: Store;
  readonly upgrades: Upgrades;
  readonly clock: Clock;
  /** The analysis is made anew after this long: it reads far more than the burn rate does. */
  readonly evidenceEveryMs: number;
  readonly live: NonNullable<ReadingsSource['live']>;
}

export function createReadings({ store, upgrades, clock, evidenceEveryMs, live }: ReadingsOptions): ReadingsSource {
  let made: { readonly atMs: number; readonly evidence: Promise<UpgradeEvidence | null> } | undefined;
  const make = async (): Promise<UpgradeEvidence | null> => {
    const found = await upgrades.evidence();
    if (found === null) return null;
    const { upgrade, analysis, isComplete } = found;
    const { suspects, findings, conclusion } = analysis;
    return {
      upgradeId: upgrade.id,
      changed: upgrade.changed.map(({ service }) => service),
      suspects,
      findings,
      conclusion,
      untilMs: analysis.windows.candidate.endMs,
      isComplete,
    };
  };
  return {
    eventCounts: (slo, range) => store.eventCounts(slo, range),
    variantInstances: (service, flag, range) => store.variantInstances(service, flag, range),
    live,
    newestDataMs: async () => (await store.status()).newestSpanMs,
    suspects() {
      const nowMs = clock();
      if (made === undefined || nowMs - made.atMs >= evidenceEveryMs) {
        const evidence = make();
        made = { atMs: nowMs, evidence };
        evidence.catch(() => {
          made = undefined;
        });
      }
      return made.evidence;
    },
  };
}
