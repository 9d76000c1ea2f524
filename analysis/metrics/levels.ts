/** What adds up over an exposure (a rate, a mean, a level) in both arms: tested and sized by the ratio estimator. */

import type { ClusteredArms } from '../control/cluster.ts';
import { type Floor, type Measurement, unmeasured } from '../detection/measurement.ts';
import { windowsIn } from '../detection/persistence.ts';
import { shareFloor } from '../detection/rate.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { conditionalTest } from '../statistics/conditional.ts';
import { addUpEach, type Count } from '../statistics/counts.ts';
import { studentTwoSided } from '../statistics/distributions.ts';
import { minimumDetectable, ratioInterval } from '../statistics/power.ts';
import type { CountingNoise } from '../statistics/rate-estimate.ts';
import { compareRates, type RateComparison } from '../statistics/ratio.ts';
import type { MetricCell } from './groups.ts';

export interface Level {
  readonly signal: Measurement['signal'];
  readonly countOf: (cell: MetricCell) => Count;
  /** `poisson` where events are counted one by one, so that few of them can be judged exactly. */
  readonly noise: CountingNoise;
  readonly tolerance: number;
  /** What a level must move by, in its own unit; 0 for none. */
  readonly floor: number;
}

/** Under this many events in either arm the exact test speaks. */
const FEW_EVENTS = 10;

export function measureLevel(level: Level, arms: ClusteredArms<MetricCell>, settings: AnalysisSettings): Measurement {
  const counts = (cells: readonly MetricCell[]) => addUpEach(cells, level.countOf);
  const [before, after] = [arms.baseline, arms.candidate].map((clusters) =>
    clusters.map(({ members }) => counts(members)),
  );
  const test = compareRates(before ?? [], after ?? [], { paired: arms.paired, noise: level.noise });
  const { signal, tolerance, floor } = level;
  const values = { baseline: finite(test.baseline.rate), candidate: finite(test.candidate.rate) };
  if (values.baseline === null || values.candidate === null)
    return unmeasured(signal, { ...values, tolerance, obstacle: 'nothing was measured in one of the arms' });
  if (test.baseline.events === 0 && test.candidate.events === 0)
    return unmeasured(signal, { ...values, tolerance, obstacle: null, quiet: 'zero before and after' });
  const windows = windowsIn(arms.candidate).map(counts);
  const size = sizeOf(test, level, settings.instanceSd ** 2 * arms.unseenInstances);
  return {
    signal,
    tolerance,
    ...values,
    ...size,
    floor: floorOf(test, size.bounds, floor),
    lasting: lastingOf(test, windows),
    obstacle:
      test.p === null
        ? 'one instance in one slot says nothing about chance: compare over a longer time'
        : size.obstacle,
    quiet: null,
  };
}

function floorOf(test: RateComparison, bounds: readonly [number, number] | null, floor: number): Floor {
  if (Math.abs(test.difference) < floor) return 'under';
  return bounds === null ? 'over' : shareFloor(test, bounds, floor);
}

/** The log of the ratio by the delta method, or exactly; `unseen` is the variance between instances that the data cannot show. */
function sizeOf(test: RateComparison, { noise, tolerance }: Level, unseen: number) {
  const { baseline, candidate } = test;
  const few = noise === 'poisson' && Math.min(baseline.events, candidate.events) < FEW_EVENTS;
  if (few && test.p !== null) {
    const exact = conditionalTest(baseline, candidate, Math.max(baseline.designEffect, candidate.designEffect));
    const ratio = baseline.events > 0 ? candidate.rate / baseline.rate : null;
    return { ratio, bounds: exact.interval, p: exact.p, minimumDetectable: null, obstacle: null };
  }
  if (!(baseline.rate > 0 && candidate.rate > 0)) {
    const obstacle = 'a ratio needs values above zero in both arms';
    return { ratio: null, bounds: null, p: test.p, minimumDetectable: null, obstacle };
  }
  const effect = Math.log(candidate.rate / baseline.rate);
  const variance =
    baseline.variance / baseline.rate ** 2 +
    candidate.variance / candidate.rate ** 2 -
    (2 * test.covariance) / (baseline.rate * candidate.rate);
  const precision = {
    standardError: Math.sqrt(Math.max(0, variance) + unseen),
    degreesOfFreedom: test.degreesOfFreedom,
  };
  const assumed = studentTwoSided(effect / precision.standardError, precision.degreesOfFreedom);
  return {
    ratio: Math.exp(effect),
    bounds: ratioInterval(effect, precision),
    p: unseen > 0 && test.p !== null ? Math.max(test.p, assumed) : test.p,
    minimumDetectable: minimumDetectable(precision, tolerance),
    obstacle: null,
  };
}

/** As persistence.ts, for what are no counts: half of the effect, less one standard error of a third of the time. */
function lastingOf(test: RateComparison, windows: readonly Count[]): Measurement['lasting'] {
  const spoken = windows.filter(({ exposure }) => exposure > 0);
  if (spoken.length < 3) return 'unknown';
  const half = (test.baseline.rate + test.candidate.rate) / 2;
  const slack = Math.sqrt(3 * test.candidate.variance);
  const gone = spoken.map(
    ({ events, exposure }) => Math.sign(test.difference) * (events / exposure - half) + slack < 0,
  );
  return gone.at(-1) || gone.filter(Boolean).length > 1 ? 'transient' : 'lasts';
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
