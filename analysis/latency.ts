/** Latency of one endpoint: the four quantiles tested and sized, and the shift of the whole distribution. */

import type { Cell, Histogram, ShiftPoint, Signal } from '../model.ts';
import { bootstrapQuantiles, type QuantileEffect } from './bootstrap.ts';
import { type ClusteredArms, decisiveFor } from './cluster.ts';
import { addUp } from './counts.ts';
import { studentTwoSided } from './distributions.ts';
import { type Drift, type DriftOf, lessDrift, type SignalDrift } from './drift.ts';
import { exceedanceCounts } from './exceedance.ts';
import { FEWEST_CALLS, type MedianOfFew, medianOfFew } from './few-calls.ts';
import { countOf, mergeHistograms, quantileNs } from './histogram.ts';
import { againstFloor, type Decisive, type Floor, type Measurement, unmeasured } from './measurement.ts';
import { persistence, windowsOf } from './persistence.ts';
import { minimumDetectable, ratioInterval } from './power.ts';
import { QUANTILES } from './quantiles.ts';
import type { Random } from './random.ts';
import { type LogRatio, logRatio } from './ratio.ts';
import type { AnalysisSettings } from './settings.ts';
import { shiftPoints, shiftProbabilities } from './shift.ts';
import { type TailTest, testTail } from './tail.ts';

const NS_PER_MS = 1e6;

export interface LatencyMeasurements {
  readonly measurements: readonly Measurement[];
  readonly shift: readonly ShiftPoint[];
}

interface Sides {
  readonly baseline: readonly Histogram[];
  readonly candidate: readonly Histogram[];
  /** Calls that did not fail, in the smaller arm. */
  readonly calls: number;
  readonly paired: boolean;
  /** Of the difference between instances, where it is assumed instead of estimated; on the log of latency, else 0. */
  readonly unseenSd: number;
  readonly decisive: Decisive;
  readonly windows: readonly (readonly Histogram[])[];
}

export function measureLatency(
  arms: ClusteredArms<Cell>,
  settings: AnalysisSettings,
  random: Random,
  driftOf: DriftOf,
): LatencyMeasurements {
  const sides = sidesOf(arms, settings);
  const testable = Math.min(sides.baseline.length, sides.candidate.length) > 1;
  const quantiles = QUANTILES.filter(({ p }) => p <= 0.99 || expected(sides, p) >= settings.suspicionExceedances);
  const grid = shiftProbabilities(sides.calls);
  const effects = testable
    ? bootstrapQuantiles(sides.baseline, sides.candidate, {
        probabilities: [...quantiles.map(({ p }) => p), ...grid],
        draws: settings.bootstrapDraws,
        paired: sides.paired,
        random,
      }).map((effect) => widen(effect, sides.unseenSd ** 2))
    : [];
  const measurements = quantiles.map((quantile, index) =>
    measureQuantile(quantile, sides, { effect: effects[index], drift: driftOf(quantile.signal) }, settings),
  );
  return { measurements, shift: shiftPoints(effects.slice(quantiles.length)) };
}

function sidesOf(arms: ClusteredArms<Cell>, { instanceSd }: AnalysisSettings): Sides {
  const { baseline, candidate, paired, unseenInstances } = arms;
  const merged = (members: readonly Cell[]) => mergeHistograms(members.map(({ durations }) => durations));
  const before = baseline.map(({ members }) => merged(members));
  const after = candidate.map(({ members }) => merged(members));
  const present = (histograms: readonly Histogram[]) => histograms.filter((histogram) => countOf(histogram) > 0);
  const callsOf = (histograms: readonly Histogram[]) => countOf(mergeHistograms(histograms));
  const complete = present(before).length === before.length && present(after).length === after.length;
  return {
    baseline: present(before),
    candidate: present(after),
    calls: Math.min(callsOf(before), callsOf(after)),
    paired: paired && complete,
    unseenSd: instanceSd * Math.sqrt(unseenInstances),
    decisive: decisiveFor(arms),
    windows: windowsOf(candidate.flatMap(({ members }) => members)).map((members) =>
      members.map(({ durations }) => durations),
    ),
  };
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
    baseline: quantileNs(mergeHistograms(sides.baseline), p),
    candidate: quantileNs(mergeHistograms(sides.candidate), p),
  };
  const few = p === 0.5 && expected(sides, p) < settings.minimumExceedances ? medianOfFew(sides) : null;
  if (few !== null) return measureFew(signal, { tolerance, ...values }, few, settings);
  const tooThin = expected(sides, p) < settings.suspicionExceedances;
  const test =
    effect === undefined || tooThin ? null : testTail(sides.baseline, sides.candidate, { p, paired: sides.paired });
  if (effect === undefined || test === null) return unmeasured(signal, { ...values, tolerance, obstacle });
  return {
    signal,
    tolerance,
    ...values,
    decisive: sides.decisive,
    ...sizeOf(effect, values.baseline ?? 0, { tolerance, decisive: sides.decisive }, settings.floorMs * NS_PER_MS),
    p: pOf(test, effect, sides, drift),
    drift: drift === null ? null : { control: drift.control, ratio: Math.exp(drift.size.log) },
    lasting: persistence({
      baselineRate: rateBeyond(sides.baseline, test.bucket),
      candidateRate: rateBeyond(sides.candidate, test.bucket),
      windows: sides.windows.map((histograms) => exceedanceCounts(histograms, test.bucket)),
    }),
    obstacle,
    quiet: null,
  };
}

function rateBeyond(histograms: readonly Histogram[], bucket: number): number {
  const { events, exposure } = addUp(exceedanceCounts(histograms, bucket));
  return events / exposure;
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
function pOf(test: TailTest, effect: QuantileEffect, { unseenSd }: Sides, drift: SignalDrift | null) {
  const p = drift === null ? test.p : exceedanceP(test, drift.rate);
  return p === null || unseenSd === 0 ? p : Math.max(p, twoSided(effect));
}

function exceedanceP(test: TailTest, drift: Drift): number | null {
  return test.p === null ? null : twoSided(lessDrift(logRatio(test), drift));
}

function twoSided({ effect, standardError, degreesOfFreedom }: LogRatio): number {
  return studentTwoSided(effect / standardError, degreesOfFreedom);
}

/** Calls that are expected beyond the p-quantile in the smaller arm. */
function expected({ calls }: Sides, p: number): number {
  return calls * (1 - p);
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
    return `${sides.calls} calls in the smaller arm are too few for p${p * 100}: ${factor} times as many are needed`;
  }
  if (effect === undefined) return 'one instance in one slot says nothing about chance: compare over a longer time';
  return null;
}

function floorOf(baselineNs: number, ratio: number, bounds: readonly [number, number], floorNs: number): Floor {
  return againstFloor(floorNs, { difference: baselineNs * (ratio - 1), base: baselineNs, bounds });
}
