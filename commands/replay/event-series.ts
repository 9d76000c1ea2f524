/** Events of an SLO in memory, so that a replay reads the store once for it and not at every look. */

import { countOf, exceedances } from '../../analysis/statistics/histogram.ts';
import type { Cell, EventCounts, Slo, TimeRange } from '../../model.ts';

/** Counts of one step of time. */
export interface StepOfEvents extends EventCounts {
  readonly atMs: number;
}

/** Counts of the steps that end within a range. */
export type EventSeries = (range: TimeRange) => EventCounts;

/** Steps in order of time, each `stepMs` long; those without events may be left out. */
export function createEventSeries(steps: readonly StepOfEvents[], stepMs: number): EventSeries {
  const ends = steps.map(({ atMs }) => atMs + stepMs);
  const sums: EventCounts[] = [{ good: 0, total: 0 }];
  for (const { good, total } of steps) {
    const before = sums.at(-1) ?? { good: 0, total: 0 };
    sums.push({ good: before.good + good, total: before.total + total });
  }
  /** How many steps end by then. */
  const endedBy = (ms: number): number => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return ({ startMs, endMs }) => {
    const [from, to] = [sums[endedBy(startMs)], sums[endedBy(endMs)]];
    return { good: (to?.good ?? 0) - (from?.good ?? 0), total: (to?.total ?? 0) - (from?.total ?? 0) };
  };
}

function isAbout(cell: Cell, { service, endpoint, indicator }: Slo): boolean {
  if (cell.service !== service) return false;
  const [one, other] = indicator === 'retries' ? ['CLIENT', 'PRODUCER'] : ['SERVER', 'CONSUMER'];
  if (cell.kind !== one && cell.kind !== other) return false;
  return endpoint === undefined || cell.endpoint === endpoint || (indicator === 'retries' && cell.peer === endpoint);
}

function countsOf(cell: Cell, { indicator, thresholdMs = 0 }: Slo): EventCounts {
  switch (indicator) {
    case 'errors':
      return { good: cell.calls - cell.errors, total: cell.calls };
    case 'retries':
      return { good: cell.logicalCalls, total: cell.calls };
    case 'latency': {
      const total = countOf(cell.durations);
      // The edge nearest to the threshold: at most .55 % off.
      const bucket = Math.round(64 * Math.log2(thresholdMs * 1e6)) - 1;
      return { good: total - exceedances(cell.durations, bucket), total };
    }
  }
}

/** The same counts from cells, where the spans are gone: as fine as a slot. */
export function eventsOfCells(cells: readonly Cell[], slo: Slo): readonly StepOfEvents[] {
  const bySlot = new Map<number, StepOfEvents>();
  for (const cell of cells.filter((each) => isAbout(each, slo))) {
    const { good, total } = countsOf(cell, slo);
    const before = bySlot.get(cell.slotMs) ?? { atMs: cell.slotMs, good: 0, total: 0 };
    bySlot.set(cell.slotMs, { atMs: cell.slotMs, good: before.good + good, total: before.total + total });
  }
  return [...bySlot.values()].sort((a, b) => a.atMs - b.atMs);
}
