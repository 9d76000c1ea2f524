/** The store as it was at a moment: what came later is not there yet. Reads each range once, however often it is looked at. */

import type { VirtualTime } from '../../flags/replay/walk.ts';
import type { Cell, SelfTimeCell, Slo, TimeRange } from '../../model.ts';
import type { Readable } from '../../store/reader.ts';
import type { StoreStatus } from '../../store/status.ts';
import { createEventSeries, type EventSeries, eventsOfCells } from './event-series.ts';

export interface AsOfOptions {
  readonly store: Readable;
  readonly time: VirtualTime;
  /** What is looked at again and again: from the begin of the baseline or of the longest window to the end of the walk. */
  readonly range: TimeRange;
  readonly slotMs: number;
}

const SECOND_MS = 1_000;
/** Instances take a variant up for as long as they run: they are asked for once in a while. */
const EXPOSURE_EVERY_MS = 300_000;

export interface AsOf {
  readonly store: Readable;
  /** Counts of an SLO over any part of the range. */
  seriesOf(slo: Slo): Promise<EventSeries>;
}

/** Spans where they are still kept, cells where they are not. */
async function readSeries(
  { store, range, slotMs }: AsOfOptions,
  slo: Slo,
  cells: readonly Cell[],
  { oldestSpanMs }: StoreStatus,
): Promise<EventSeries> {
  if (oldestSpanMs !== null && oldestSpanMs <= range.startMs)
    return createEventSeries(await store.eventSeries(slo, range), SECOND_MS);
  const fromCells = createEventSeries(eventsOfCells(cells, slo), slotMs);
  const untilMs = oldestSpanMs ?? Number.POSITIVE_INFINITY;
  if (untilMs >= range.endMs) return fromCells;
  // A store that is younger than the range has nothing else to tell of the time before it.
  const firstMs = cells.reduce((least, cell) => Math.min(least, cell.slotMs), Number.POSITIVE_INFINITY);
  if (firstMs + slotMs > untilMs) return createEventSeries(await store.eventSeries(slo, range), SECOND_MS);
  return fromCells;
}

export async function createAsOf(options: AsOfOptions): Promise<AsOf> {
  const { store, time, range, slotMs } = options;
  const [cells, selfTimes, status, upgrades] = await Promise.all([
    store.cells(range),
    store.selfTimes(range),
    store.status(),
    store.upgrades.list(),
  ]);
  const slots = [...new Set(cells.map((cell) => cell.slotMs))].sort((a, b) => a - b);
  const isWithin = ({ startMs, endMs }: TimeRange) => startMs >= range.startMs && endMs <= range.endMs;
  const part = <Row extends Cell | SelfTimeCell>(rows: readonly Row[], { startMs, endMs }: TimeRange): Row[] =>
    rows.filter((row) => row.slotMs >= startMs && row.slotMs < endMs && row.slotMs + slotMs <= time.nowMs);

  function newestAsOf(): number | null {
    const slot = slots.findLast((each) => each < time.nowMs);
    return slot === undefined ? null : Math.min(slot + slotMs, time.nowMs, status.newestSpanMs ?? time.nowMs);
  }

  const series = new Map<string, Promise<EventSeries>>();
  function seriesOf(slo: Slo): Promise<EventSeries> {
    const found = series.get(slo.name) ?? readSeries(options, slo, cells, status);
    series.set(slo.name, found);
    return found;
  }

  const exposures = new Map<string, ReturnType<Readable['variantInstances']>>();
  function variantInstances(service: string, flag: string, { startMs, endMs }: TimeRange) {
    const until = Math.ceil(Math.min(endMs, time.nowMs) / EXPOSURE_EVERY_MS);
    const key = JSON.stringify([service, flag, until]);
    const found = exposures.get(key) ?? store.variantInstances(service, flag, { startMs, endMs });
    exposures.set(key, found);
    return found;
  }

  return {
    seriesOf,
    store: {
      ...store,
      cells: async (wanted) => (isWithin(wanted) ? part(cells, wanted) : store.cells(wanted)),
      selfTimes: async (wanted) => (isWithin(wanted) ? part(selfTimes, wanted) : store.selfTimes(wanted)),
      eventCounts: async (slo, ranges) => {
        const countsOf = await seriesOf(slo);
        return ranges.map(({ startMs, endMs }) => countsOf({ startMs, endMs: Math.min(endMs, time.nowMs) }));
      },
      variantInstances,
      status: async () => ({ ...status, newestSpanMs: newestAsOf() }),
      upgrades: {
        ...store.upgrades,
        list: async () =>
          upgrades
            .filter(({ startedMs }) => startedMs <= time.nowMs)
            .map((upgrade) => ((upgrade.finishedMs ?? 0) > time.nowMs ? { ...upgrade, finishedMs: null } : upgrade)),
      },
      // The replay decides for itself: what was done in fact is not known to it.
      journal: { ...store.journal, read: async () => [] },
    },
  };
}
