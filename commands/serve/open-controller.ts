/** The controller that a configuration asks for, over its flag server. */

import type { Config } from '../../config.ts';
import { type Controller, createController } from '../../flags/controller.ts';
import { createFlagd } from '../../flags/flagd/flagd.ts';
import type { Lease } from '../../flags/lease.ts';
import type { Journal } from '../../flags/ledger.ts';
import type { FlagPort } from '../../flags/port.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import type { Log } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import { settingsOf } from '../assemble.ts';
import { defined } from '../defined.ts';
import { behavioursOf } from './behaviours.ts';
import { openLive } from './open-live.ts';
import { createReadings } from './readings.ts';
import { guardWrites, type StopFile } from './stop-file.ts';
import type { Upgrades } from './upgrades.ts';

export interface Watched {
  readonly store: Store;
  readonly upgrades: Upgrades;
  readonly journal: Journal;
  readonly stopFile: StopFile;
  readonly lease: Lease | undefined;
}

/** Not started. */
export function openController(
  config: Config,
  { store, upgrades, journal, stopFile, lease }: Watched,
  log: Log,
): Controller {
  const port = openFlagServer(config, log);
  const intervalMs = config.controller.intervalSeconds * 1_000;
  return createController({
    behaviours: behavioursOf(config),
    slos: config.slos.map(defined),
    port: port === null ? null : guardWrites(port, stopFile),
    source: createReadings({
      ...{ store, upgrades, clock: Date.now, evidenceEveryMs: Math.max(5_000, intervalMs) },
      ...{ live: openLive(config, store, upgrades), limits: settingsOf(config) },
    }),
    journal,
    clock: Date.now,
    log,
    intervalMs,
    ...(lease === undefined ? {} : { lease }),
  });
}

/** Null where none is configured. */
function openFlagServer({ unleash, flagd }: Config, log: Log): FlagPort | null {
  if (unleash !== undefined) return createUnleash(defined({ ...unleash, log }));
  if (flagd === undefined) return null;
  return createFlagd({ path: flagd.file, environment: flagd.environment, clock: Date.now, log });
}
