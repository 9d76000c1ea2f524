/** Runs a simulation many times, with progress; and what its blocks share: endpoints, noise, settings. */

import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import type { ChangedBuild } from '../../model.ts';
import type { Arms, CellPlan, EndpointPlan } from '../../rehearse/cells.ts';
import type { Noise } from '../../rehearse/noise.ts';
import type { BlockOptions } from './row.ts';

/** Instances that differ by 5 %, and whose minutes drift by 5 % and resemble their neighbours. */
export const NOISE: Noise = { instanceSd: 0.05, drift: { sd: 0.05, correlation: 0.7 } };

const SLOT_MS = 60_000;
const HOUR_MS = 3_600_000;
/** 2025-06-15 at 03:00 UTC, when the day is quietest. */
export const QUIET_HOUR_MS = Date.UTC(2025, 5, 15, 3);

/** Ten instances and twelve minutes an arm; the candidate an hour after the baseline, all of it new. */
export const CELL_PLAN: Omit<CellPlan, 'seed' | 'endpoints'> = {
  instances: 10,
  slots: 12,
  slotMs: SLOT_MS,
  noise: NOISE,
  rollout: { kind: 'all' },
  paired: false,
  baselineMs: QUIET_HOUR_MS,
  candidateMs: QUIET_HOUR_MS + HOUR_MS,
  historyDays: 0,
};

/** Endpoints with medians from 5 to 80 ms, five to a service; 0.5 % of their calls fail. */
export function plainEndpoints(count: number, calls: number): EndpointPlan[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ service: `service${Math.floor(index / 5)}`, endpoint: `POST /route${index}`, kind: 'SERVER', peer: '' },
    ...{ medianMs: 5 * 2 ** (index % 5), calls, errors: { before: 0.005, after: 0.005 } },
  }));
}

type Drawn = Arms & { readonly history?: readonly Arms[] };

/** The whole analysis with the defaults. */
export function judge(drawn: Drawn, seed: number, changed: readonly ChangedBuild[] = []) {
  return analyse({ ...drawn, changed, settings: DEFAULT_SETTINGS, seed });
}

/** Results of so many runs; tells of progress ten times. Seeds are 1, 2, 3 ... */
export function repeat<T>(what: string, runs: number, { say }: BlockOptions, run: (seed: number) => T): T[] {
  const startedMs = performance.now();
  return Array.from({ length: runs }, (_, index) => {
    const result = run(index + 1);
    const done = index + 1;
    if (done % Math.max(1, Math.floor(runs / 10)) === 0)
      say(`${what}: ${done} of ${runs}, ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
    return result;
  });
}

export const countOf = <T>(members: readonly T[], test: (member: T) => boolean): number => members.filter(test).length;
