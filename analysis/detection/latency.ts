/** Latency of one endpoint: the four quantiles tested and sized, and the shift of the whole distribution. */

import type { Cell, ShiftPoint, Signal } from '../../model.ts';
import type { ClusteredArms } from '../control/cluster.ts';
import { type Drift, type DriftOf, lessDrift, type SignalDrift } from '../control/drift.ts';
import { QUANTILES } from '../input/quantiles.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { bootstrapQuantiles, type QuantileEffect } from '../statistics/bootstrap.ts';
import { quantileNs } from '../statistics/cumulative.ts';
import { studentTwoSided } from '../statistics/distributions.ts';
import { exceedanceCounts } from '../statistics/exceedance.ts';
import { FEWEST_CALLS, type MedianOfFew, medianOfFew } from '../statistics/few-calls.ts';
import { edgeNearest } from '../statistics/histogram.ts';
import { type Decisive, minimumDetectable, ratioInterval } from '../statistics/power.ts';
import { type LogRatio, logRatio, type RateComparison } from '../statistics/ratio.ts';
import type { Resamples } from '../statistics/resamples.ts';
import { shiftPoints, shiftProbabilities } from '../statistics/shift.ts';
import { aroundQuantile } from '../statistics/tail.ts';
import { expected, type Sides, sidesOf } from './latency-sides.ts';
import { againstFloor, type Floor, type Measurement, unmeasured } from './measurement.ts';
import { mustLast, persistence } from './persistence.ts';

const NS_PER_MS = 1e6;

export function measureLatency(
  arms: ClusteredArms<Cell>,
  settings: AnalysisSettings,
  resamples: Resamples,
  driftOf: DriftOf,
): Measurement[] {
  const sides = sidesOf(arms, settings);
  const quantiles = QUANTILES.filter(({ p }) => p <= 0.99 || expected(sides, p) >= settings.suspicionExceedances);
  const effects = effectsAt(
    quantiles.map(({ p }) => p),
    sides,
    resamples,
  );
  return quantiles.map((quantile, index) =>
    measureQuantile(quantile, sides, { effect: effects[index], drift: driftOf(quantile.signal) }, settings),
  );
}

/** Of the whole distribution. It costs ten times what the verdict does. */
export function latencyShift(
  arms: ClusteredArms<Cell>,
  settings: AnalysisSettings,
  resamples: Resamples,
): ShiftPoint[] {
  const sides = sidesOf(arms, settings);
  return shiftPoints(effectsAt(shiftProbabilities(sides.calls), sides, resamples));
}

/** None where an arm has one cluster only. */
function effectsAt(probabilities: readonly number[], sides: Sides, resamples: Resamples): QuantileEffect[] {
  const { tables, paired, unseenSd } = sides;
  if (Math.min(tables.baseline.rows, tables.candidate.rows) < 2) return [];
  const options = { probabilities, paired, resamples };
  return bootstrapQuantiles(tables.baseline, tables.candidate, options).map((effect) => widen(effect, unseenSd ** 2));
}

function measureQuantile(
  { signal, p, tolerance: toleranceName }: (typeof QUANTILES)[number],
  sides: Sides,
  { effect: raw, drift }: { readonly effect: QuantileEffect | undefined; readonly drift: SignalDrift | null },
  settings: AnalysisSettings,
): Measurement {
  const effect = raw === undefined ? undefined : lessDrift(raw, drift?.size ?? null);
  const tolerance = settings.tolerances[toleranceName];
  const obstacle = obstacleOf(sides, p, effect, settings);
  const values = {
    baseline: quantileNs(sides.merged.baseline, p),
    candidate: quantileNs(sides.merged.candidate, p),
  };
  const few =
    p === 0.5 && expected(sides, p) < settings.minimumExceedances
      ? medianOfFew({ ...sides.clusters(), unseenSd: sides.unseenSd })
      : null;
  if (few !== null) return measureFew(signal, { tolerance, ...values }, few, settings);
  const tooThin = expected(sides, p) < settings.suspicionExceedances;
  const test = effect === undefined || tooThin ? null : sides.testTail(aroundQuantile(p));
  if (effect === undefined || test === null) return unmeasured(signal, { ...values, tolerance, obstacle });
  const size = sizeOf(
    effect,
    values.baseline ?? 0,
    { tolerance, decisive: sides.decisive },
    settings.floorMs * NS_PER_MS,
  );
  const chance = pOf(test, effect, sides, drift);
  return {
    signal,
    tolerance,
    ...values,
    decisive: sides.decisive,
    ...size,
    p: chance,
    drift: drift === null ? null : { control: drift.control, ratio: Math.exp(drift.size.log) },
    lasting: mustLast({ ...size, p: chance, tolerance }, settings) ? lasting(sides, p) : 'unknown',
    obstacle,
    quiet: null,
  };
}

function lasting({ merged, windows }: Sides, p: number): Measurement['lasting'] {
  const bucket = edgeNearest(merged.pooled, p) ?? 0;
  const [baselineRate = 0, candidateRate = 0] = exceedanceCounts([merged.baseline, merged.candidate], bucket).map(
    ({ events, exposure }) => events / exposure,
  );
  const inWindows = windows().map((histogram) => exceedanceCounts([histogram], bucket));
  return persistence({ baselineRate, candidateRate, windows: inWindows });
}

/** The exact test needs no exceedances to be expected: calls that are all slower than all before say enough. */
function measureFew(
  signal: Signal,
  values: Pick<Measurement, 'tolerance' | 'baseline' | 'candidate'>,
  { p, ratio, bounds }: MedianOfFew,
  settings: AnalysisSettings,
): Measurement {
  return {
    signal,
    ...values,
    ...{ p, ratio, bounds, minimumDetectable: null, lasting: 'unknown', obstacle: null, quiet: null },
    floor: floorOf(values.baseline ?? 0, ratio, bounds, settings.floorMs * NS_PER_MS),
  };
}

function sizeOf(
  effect: QuantileEffect,
  baselineNs: number,
  { tolerance, decisive }: { readonly tolerance: number; readonly decisive: Decisive },
  floorNs: number,
) {
  const ratio = Math.exp(effect.effect);
  const bounds = ratioInterval(effect.effect, effect);
  return {
    ratio,
    bounds,
    minimumDetectable: minimumDetectable(effect, tolerance, decisive),
    floor: floorOf(baselineNs, ratio, bounds, floorNs),
  };
}

/** Adds a variance that the data cannot show, on the log of latency. */
function widen(effect: QuantileEffect, variance: number): QuantileEffect {
  return { ...effect, standardError: Math.sqrt(effect.standardError ** 2 + variance) };
}

/** The exceedance test knows nothing of the assumed variance; the effect and its standard error do. */
function pOf(test: RateComparison, effect: QuantileEffect, { unseenSd }: Sides, drift: SignalDrift | null) {
  const p = drift === null ? test.p : exceedanceP(test, drift.rate);
  return p === null || unseenSd === 0 ? p : Math.max(p, twoSided(effect));
}

function exceedanceP(test: RateComparison, drift: Drift): number | null {
  return test.p === null ? null : twoSided(lessDrift(logRatio(test), drift));
}

function twoSided({ effect, standardError, degreesOfFreedom }: LogRatio): number {
  return studentTwoSided(effect / standardError, degreesOfFreedom);
}

function obstacleOf(
  sides: Sides,
  p: number,
  effect: QuantileEffect | undefined,
  { minimumExceedances }: AnalysisSettings,
): string | null {
  if (sides.calls === 0) return 'no call that succeeded in one of the arms';
  const beyond = expected(sides, p);
  if (beyond < minimumExceedances) {
    const isFew = p === 0.5 && sides.calls < FEWEST_CALLS;
    const factor = Math.ceil(isFew ? (10 * FEWEST_CALLS) / sides.calls : (10 * minimumExceedances) / beyond) / 10;
    return `${Math.round(sides.calls)} calls in the smaller arm are too few for p${p * 100}: ${factor} times as many are needed`;
  }
  if (effect === undefined) return 'one instance in one slot says nothing about chance: compare over a longer time';
  return null;
}

function floorOf(baselineNs: number, ratio: number, bounds: readonly [number, number], floorNs: number): Floor {
  return againstFloor(floorNs, { difference: baselineNs * (ratio - 1), base: baselineNs, bounds });
}
