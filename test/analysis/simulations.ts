/** What calibration and power are simulated with. Seeds are fixed. */

import { type Analysis, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { clusterArms } from '../../analysis/control/cluster.ts';
import { mergeHistograms } from '../../analysis/statistics/histogram.ts';
import type { Cell, Finding } from '../../model.ts';
import { drawCells } from '../../rehearse/cells.ts';
import type { LatencyEffect } from '../../rehearse/latency.ts';
import { type EndpointTruth, generateArms } from '../support/generator.ts';

export const LEVEL = 0.05;
export const TIMEOUT_MS = 120_000;

/** Most rejections among `runs` A/A comparisons that a test of the nominal level gives in 999 of 1,000 simulations. */
export function mostRejections(runs: number, level = LEVEL): number {
  return Math.floor(runs * level + 3.1 * Math.sqrt(runs * level * (1 - level)));
}

export function simulate<T>(
  runs: number,
  truth: Omit<EndpointTruth, 'seed'>,
  measure: (arms: Arms, run: number) => T,
): T[] {
  return Array.from({ length: runs }, (_, run) => measure(histogramsOf({ seed: 1 + 7 * run, ...truth }), run));
}

export type Arms = ReturnType<typeof histogramsOf>;

export function histogramsOf(truth: EndpointTruth) {
  const arms = generateArms(truth);
  const clusters = clusterArms(arms.baseline.cells, arms.candidate.cells, ({ calls }) => calls);
  const merged = ({ members }: { readonly members: readonly Cell[] }) =>
    mergeHistograms(members.map(({ durations }) => durations));
  return {
    baseline: clusters.baseline.map(merged),
    candidate: clusters.candidate.map(merged),
    paired: clusters.paired,
  };
}

export const rejections = (pValues: readonly (number | null)[]) =>
  pValues.filter((p) => p !== null && p < LEVEL).length;

export const judged = (truth: EndpointTruth, bootstrapDraws: number) => analysed(truth, bootstrapDraws).verdict;

export function analysed(
  truth: EndpointTruth,
  bootstrapDraws: number,
  p99 = DEFAULT_SETTINGS.tolerances.p99,
): Analysis {
  const tolerances = { ...DEFAULT_SETTINGS.tolerances, p99 };
  const settings = { ...DEFAULT_SETTINGS, bootstrapDraws, tolerances };
  return analyse({ ...generateArms(truth), changed: [], settings, seed: 1 });
}

/** Ten fresh instances that differ by 5 %, 100,000 calls an arm. */
export function p99OfEndpoint(seed: number, effect: LatencyEffect): Finding {
  const key = { service: 'checkout', endpoint: 'POST /checkout', kind: 'SERVER', peer: '' } as const;
  const { baseline, candidate } = drawCells({
    ...{ seed, instances: 10, slots: 12, slotMs: 60_000, noise: {}, rollout: { kind: 'all' }, paired: false },
    ...{ baselineMs: 1_750_000_000_000, candidateMs: 1_750_003_600_000, historyDays: 0 },
    endpoints: [{ ...key, medianMs: 20, calls: 100_000, effect }],
  });
  const settings = { ...DEFAULT_SETTINGS, bootstrapDraws: 40 };
  const { findings } = analyse({ baseline, candidate, changed: [], settings, seed });
  const found = findings.find(({ signal }) => signal === 'latency.p99');
  if (found === undefined) throw new Error('no finding of p99');
  return found;
}
