/** The SLO of a simulated service, counted from its cells: the burn rates of the configuration's default rules. */

import { sum } from 'simple-statistics';
import { DEFAULT_BURN } from '../../analysis/live/burn.ts';
import { BUCKETS_PER_OCTAVE, exceedances } from '../../analysis/statistics/histogram.ts';
import type { SloReading } from '../../flags/readings.ts';
import type { Cell, EventCounts, Slo } from '../../model.ts';
import type { Arms } from '../../rehearse/cells.ts';
import { SERVICE } from './scenes.ts';

/** The healthy service misses it in about 1 % of the calls, half of them failures: half of the budget. */
export const SLO: Slo = {
  name: 'orders-in-time',
  service: SERVICE,
  indicator: 'latency',
  thresholdMs: 400,
  objective: 0.98,
};

/** What the controller reads at a time, over the windows that end there. */
export function createBudget({ baseline, candidate }: Arms): (untilMs: number) => SloReading {
  const orders = [...baseline.cells, ...candidate.cells].filter(({ kind }) => kind === 'SERVER');
  const slots = [...Map.groupBy(orders, ({ slotMs }) => slotMs)].map(([slotMs, cells]) => {
    const total = sum(cells.map(({ calls }) => calls));
    return { slotMs, total, good: total - sum(cells.map(badOf)) };
  });
  return (untilMs) => {
    const last = (ms: number): EventCounts => {
      const own = slots.filter(({ slotMs }) => slotMs < untilMs && slotMs >= untilMs - ms);
      return { good: sum(own.map(({ good }) => good)), total: sum(own.map(({ total }) => total)) };
    };
    const rules = DEFAULT_BURN.map((rule) => ({ rule, long: last(rule.longMs), short: last(rule.shortMs) }));
    return { slo: SLO.name, objective: SLO.objective, rules, recovery: null };
  };
}

const SLOWEST = Math.ceil(Math.log2((SLO.thresholdMs ?? 0) * 1e6) * BUCKETS_PER_OCTAVE) - 1;
const badOf = ({ durations, errors }: Cell) => exceedances(durations, SLOWEST) + errors;
