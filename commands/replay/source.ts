/** What the controller would have read at a moment of the past: its own sources, over the store as it was. */

import { setImmediate } from 'node:timers/promises';
import type { AnalysisSettings } from '../../analysis/analyse.ts';
import type { ReadingsSource } from '../../flags/gather.ts';
import type { VirtualTime } from '../../flags/replay/walk.ts';
import type { Readable } from '../../store/reader.ts';
import { createLive } from '../serve/live.ts';
import { createReadings } from '../serve/readings.ts';
import { createKnownUpgrades, type KnownUpgrades } from '../serve/upgrades.ts';

export interface SourceOptions {
  /** As it was at `time.nowMs`. */
  readonly store: Readable;
  readonly time: VirtualTime;
  readonly services: readonly string[];
  readonly settings: AnalysisSettings;
  readonly windowMs: number;
  readonly slotMs: number;
  readonly historyDays: number;
  /** How long after its end a slot counts as complete for the live test. */
  readonly settledMs: number;
  readonly evidenceEveryMs: number;
}

export interface PastSource {
  readonly source: ReadingsSource;
  /** Resolves when no analysis is under way, so that each look finds the same one however fast time runs. @throws its failure */
  settled(): Promise<void>;
}

/** Reports are made in the background while the controller looks on: here time stands still until they are there. */
function watched(upgrades: KnownUpgrades) {
  let making: Promise<unknown> = Promise.resolve();
  const evidence = (): ReturnType<KnownUpgrades['evidence']> => {
    const made = upgrades.evidence();
    making = made;
    made.catch(() => {});
    return made;
  };
  const settled = async (): Promise<void> => {
    await making;
    // Whoever waits for the analysis as well has noted it by then.
    await setImmediate();
  };
  return { upgrades: { ...upgrades, evidence }, settled };
}

export function createPastSource({ time, services, settledMs, evidenceEveryMs, ...shape }: SourceOptions): PastSource {
  const clock = () => time.nowMs;
  const { upgrades, settled } = watched(createKnownUpgrades({ ...shape, clock }));
  const live = createLive({ ...shape, upgrades, services, settledMs, clock });
  return {
    source: createReadings({ store: shape.store, upgrades, clock, evidenceEveryMs, live, limits: shape.settings }),
    settled,
  };
}
