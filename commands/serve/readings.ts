/** What the controller reads: event counts and exposures from the store, the report of the newest upgrade, the live test. */

import type { ControlLimits } from '../../flags/control.ts';
import type { ReadingsSource } from '../../flags/gather.ts';
import type { Clock } from '../../model.ts';
import type { Readable } from '../../store/reader.ts';
import { createControl } from './control.ts';
import { createEvidence } from './evidence.ts';
import type { KnownUpgrades } from './upgrades.ts';

export interface ReadingsOptions {
  readonly store: Readable;
  readonly upgrades: KnownUpgrades;
  readonly clock: Clock;
  readonly evidenceEveryMs: number;
  readonly live: NonNullable<ReadingsSource['live']>;
  readonly limits: ControlLimits;
}

export function createReadings({
  store,
  upgrades,
  clock,
  evidenceEveryMs,
  live,
  limits,
}: ReadingsOptions): ReadingsSource {
  return {
    eventCounts: (slo, ranges) => store.eventCounts(slo, ranges),
    variantInstances: (service, flag, range) => store.variantInstances(service, flag, range),
    control: createControl({ store, upgrades, limits }),
    newestDataMs: async () => (await store.status()).newestSpanMs,
    suspects: createEvidence({ upgrades, clock, everyMs: evidenceEveryMs }),
    live,
  };
}
