/** The live test that a configuration asks for. */

import type { Config } from '../../config.ts';
import type { Store } from '../../store/store.ts';
import { settingsOf } from '../assemble.ts';
import { createLive } from './live.ts';
import type { Upgrades } from './upgrades.ts';

/** Spans come with the end of their request, in batches of seconds. */
const SETTLED_MS = 30_000;

export function openLive(config: Config, store: Store, upgrades: Upgrades) {
  return createLive({
    ...{ store, upgrades, settings: settingsOf(config), clock: Date.now },
    services: config.behaviours.map(({ service }) => service),
    slotMs: config.store.slotSeconds * 1_000,
    windowMs: config.analysis.windowMinutes * 60_000,
    settledMs: Math.min(SETTLED_MS, config.store.sealDelaySeconds * 1_000),
  });
}
