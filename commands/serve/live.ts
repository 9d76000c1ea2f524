/** The live test of a service out of the store: each look reads the slots that are new since the last one. */

import { endpointId } from '../../analysis/input/endpoints.ts';
import type { AnalysisSettings } from '../../analysis/input/settings.ts';
import { feed, type LiveFeed, startFeed } from '../../analysis/live/feed.ts';
import type { ReadingsSource } from '../../flags/gather.ts';
import type { LiveReading } from '../../flags/readings.ts';
import type { Cell, Clock, TimeRange } from '../../model.ts';
import type { Readable } from '../../store/reader.ts';
import type { KnownUpgrades } from './upgrades.ts';

export interface LiveOptions {
  readonly store: Pick<Readable, 'cells' | 'status'>;
  readonly upgrades: Pick<KnownUpgrades, 'current'>;
  /** Services that will be asked about: of others no cells are kept. */
  readonly services: readonly string[];
  readonly settings: AnalysisSettings;
  readonly slotMs: number;
  /** How long after the upgrade the test goes on; then the report judges, and the test says no more. */
  readonly windowMs: number;
  /** A slot is read this long after its end: spans come when their request has ended, and in batches. */
  readonly settledMs: number;
  readonly clock: Clock;
}

/** A restart reads all slots since the upgrade; so many at once, to be kept in memory. */
const SLOTS_AT_ONCE = 10;
/** They stand in the journal. */
const MOST_FINDINGS = 20;

type Live = NonNullable<ReadingsSource['live']>;

/** The state is a fold over the slots since the upgrade, so that a restart that reads them anew goes on as if there was none. */
export function createLive(options: LiveOptions): Live {
  const { upgrades, settings, slotMs, windowMs } = options;
  const cells = createCellReader(options);
  const feeds = new Map<string, LiveFeed>();
  let upgradeId = '';

  return async (service, changedMs) => {
    const current = await upgrades.current();
    if (current === null) return null;
    const { upgrade, baseline } = current;
    const startMs = Math.ceil(Math.max(upgrade.startedMs, changedMs ?? 0) / slotMs) * slotMs;
    const settledMs = await settledUntil(options);
    const untilMs = Math.min(settledMs, startMs + Math.floor(windowMs / slotMs) * slotMs);
    const caseId = JSON.stringify([upgrade.id, service, startMs]);
    if (upgradeId !== upgrade.id) feeds.clear();
    upgradeId = upgrade.id;
    let state = feeds.get(caseId) ?? startFeed({ caseId, startMs, before: await cells(service, baseline), settings });
    while (state.untilMs < untilMs) {
      const range = { startMs: state.untilMs, endMs: Math.min(untilMs, state.untilMs + SLOTS_AT_ONCE * slotMs) };
      const slots = { cells: await cells(service, range), slotMs, untilMs: range.endMs };
      state = feed(state, slots, settings.warmupMs);
    }
    feeds.set(caseId, state);
    return settledMs > untilMs ? lastWordOf(state) : readingOf(state);
  };
}

/** Once it is over it acts no more; whom it suspected to the end is what the report's last findings are held against. */
function lastWordOf(state: LiveFeed): LiveReading | null {
  if (state.sums.length === 0) return null;
  return { ...readingOf(state), decision: 'wait', text: 'the live test is over' };
}

function readingOf({ live: { decision }, sums }: LiveFeed): LiveReading {
  if (sums.length === 0) return { decision: 'wait', text: 'old and new do not serve the same minutes', findings: [] };
  const worst = [...Map.groupBy(decision.evidence, ({ key }) => endpointId(key)).values()].flatMap(
    ([first]) => first ?? [],
  );
  return { decision: decision.kind, text: decision.text, findings: worst.slice(0, MOST_FINDINGS) };
}

/** By what is stored, so that silence of the telemetry is no quiet; a clock that is ahead elsewhere completes no slot here. */
async function settledUntil({ store, slotMs, settledMs, clock }: LiveOptions): Promise<number> {
  const { newestSpanMs } = await store.status();
  return Math.floor((Math.min(newestSpanMs ?? 0, clock()) - settledMs) / slotMs) * slotMs;
}

/** Behaviours ask for the same ranges one after the other: the last ones are remembered. */
function createCellReader({ store, services }: LiveOptions) {
  const remembered = new Map<string, Promise<readonly Cell[]>>();
  const read = async (range: TimeRange) =>
    (await store.cells(range)).filter(({ service }) => services.includes(service));
  return async (service: string, range: TimeRange): Promise<readonly Cell[]> => {
    const key = `${range.startMs}-${range.endMs}`;
    const reading = remembered.get(key) ?? read(range);
    remembered.delete(key);
    remembered.set(key, reading);
    reading.catch(() => remembered.delete(key));
    for (const oldest of [...remembered.keys()].slice(0, -MOST_REMEMBERED)) remembered.delete(oldest);
    return (await reading).filter((cell) => cell.service === service);
  };
}

const MOST_REMEMBERED = 8;
