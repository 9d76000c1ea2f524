/** What a signal is to be back at after a change of a flag: builds and instances of the same minutes out of the store, or the time before the upgrade. */

import { type ControlLimits, controlOf, type InstanceEvents, tolerantSlo } from '../../flags/control.ts';
import type { ReadingsSource } from '../../flags/gather.ts';
import type { Slo, TimeRange } from '../../model.ts';
import type { Readable } from '../../store/reader.ts';
import type { KnownUpgrades } from './upgrades.ts';

export interface ControlOptions {
  readonly store: Pick<Readable, 'eventsByInstance'>;
  readonly upgrades: Pick<KnownUpgrades, 'current'>;
  readonly limits: ControlLimits;
}

export function createControl({ store, upgrades, limits }: ControlOptions): NonNullable<ReadingsSource['control']> {
  const readBefore = createBefore(store);
  return async ({ slo, flag, range, byVariant, minEvents }) => {
    const current = await upgrades.current();
    if (current === null) return null;
    const tolerant = tolerantSlo(slo, limits);
    const [before, now, beyond] = await Promise.all([
      readBefore(slo, flag, current.baseline),
      store.eventsByInstance(slo, flag, range),
      tolerant === slo ? null : store.eventsByInstance(tolerant, flag, range),
    ]);
    return controlOf({ before, now, beyond: beyond ?? now, byVariant, minEvents }, slo, limits);
  };
}

/** The time before an upgrade is over: it is read once for each SLO, not at every look. */
function createBefore(store: ControlOptions['store']) {
  const remembered = new Map<string, { readonly key: string; readonly events: Promise<readonly InstanceEvents[]> }>();
  return (slo: Slo, flag: string, range: TimeRange): Promise<readonly InstanceEvents[]> => {
    const key = JSON.stringify([flag, range]);
    const found = remembered.get(slo.name);
    if (found?.key === key) return found.events;
    const events = store.eventsByInstance(slo, flag, range);
    remembered.set(slo.name, { key, events });
    events.catch(() => remembered.delete(slo.name));
    return events;
  };
}
