/** Errors per call and attempts per logical call: tested, sized, and seen even when they are few. */

import type { Cell } from '../../model.ts';
import { type Cluster, type ClusteredArms, decisiveFor } from '../control/cluster.ts';
import { type Drift, type DriftOf, lessDrift, NO_DRIFT } from '../control/drift.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { type ConditionalTest, conditionalTest } from '../statistics/conditional.ts';
import { addUpEach, type Count } from '../statistics/counts.ts';
import { studentTwoSided } from '../statistics/distributions.ts';
import { type Decisive, minimumDetectable, ratioInterval } from '../statistics/power.ts';
import type { CountingNoise } from '../statistics/rate-estimate.ts';
import { compareRates, type LogRatio, logRatio, type RateComparison } from '../statistics/ratio.ts';
import { againstFloor, type Floor, type Measurement, unmeasured } from './measurement.ts';
import { mustLast, persistence, windowsIn } from './persistence.ts';

/** Under this many events in either arm the exact test speaks: the t test needs a variance that it can believe. */
const FEW_EVENTS = 10;

interface RateSignal {
  readonly signal: 'errors' | 'retries';
  readonly countOf: (cell: Cell) => Count;
  readonly noise: CountingNoise;
  /** What people read: 0 for a share, 1 for attempts per logical call (one attempt plus the retries). */
  readonly offset: 0 | 1;
  readonly noun: string;
}

const ERRORS: RateSignal = {
  signal: 'errors',
  countOf: ({ errors, calls }) => ({ events: errors, exposure: calls }),
  noise: 'binomial',
  offset: 0,
  noun: 'errors',
};

const RETRIES: RateSignal = {
  signal: 'retries',
  countOf: ({ retries, logicalCalls }) => ({ events: retries, exposure: logicalCalls }),
  noise: 'poisson',
  offset: 1,
  noun: 'retries',
};

export function measureErrors(
  arms: ClusteredArms<Cell>,
  settings: AnalysisSettings,
  driftOf: DriftOf = NO_DRIFT,
): Measurement {
  return measureRate(ERRORS, arms, driftOf, {
    ...{ tolerance: settings.tolerances.errors, floor: settings.errorFloor },
    falseDiscoveryRate: settings.falseDiscoveryRate,
  });
}

export function measureRetries(
  arms: ClusteredArms<Cell>,
  settings: AnalysisSettings,
  driftOf: DriftOf = NO_DRIFT,
): Measurement {
  return measureRate(RETRIES, arms, driftOf, {
    ...{ tolerance: settings.tolerances.retries, floor: settings.retryFloor },
    falseDiscoveryRate: settings.falseDiscoveryRate,
  });
}

export interface Limits {
  readonly tolerance: number;
  readonly floor: number;
  /** @default interval */
  readonly decisive?: Decisive;
}

type Asked = Limits & Pick<AnalysisSettings, 'falseDiscoveryRate'>;

function measureRate(kind: RateSignal, arms: ClusteredArms<Cell>, driftOf: DriftOf, given: Asked): Measurement {
  const before = arms.baseline.map(({ members }) => addUpEach(members, kind.countOf));
  const after = arms.candidate.map(({ members }) => addUpEach(members, kind.countOf));
  const test = compareRates(before, after, { paired: arms.paired, noise: kind.noise });
  const values = {
    baseline: finite(kind.offset + test.baseline.rate),
    candidate: finite(kind.offset + test.candidate.rate),
  };
  const decisive = decisiveFor(arms);
  const tolerance = kind.offset === 0 ? given.tolerance : toleratedAmplification(test.baseline.rate, given);
  const limits = { ...given, tolerance, decisive };
  if (values.baseline === null || values.candidate === null) {
    return unmeasured(kind.signal, { ...values, tolerance, obstacle: 'no call in one of the arms' });
  }
  if (test.baseline.events + test.candidate.events === 0) {
    const calls = Math.min(test.baseline.exposure, test.candidate.exposure);
    const quiet = `no ${kind.noun} in ${Math.round(test.baseline.exposure)} calls before and ${Math.round(test.candidate.exposure)} after; a rate over ${percent(3 / calls)} would have been seen`;
    return unmeasured(kind.signal, { ...values, tolerance, obstacle: null, quiet });
  }
  const drift = exactIfFew(test) === null ? driftOf(kind.signal) : null;
  const size = sizeOf(kind, test, limits, drift?.size ?? null);
  return {
    signal: kind.signal,
    tolerance,
    ...values,
    decisive,
    ...size,
    drift: drift === null ? null : { control: drift.control, ratio: Math.exp(drift.size.log) },
    lasting: mustLast({ ...size, tolerance }, given) ? lastingOf(kind, test, arms.candidate) : 'unknown',
    obstacle: test.p === null ? 'one instance in one slot says nothing about chance: compare over a longer time' : null,
    quiet: null,
  };
}

function lastingOf(kind: RateSignal, { baseline, candidate }: RateComparison, after: readonly Cluster<Cell>[]) {
  const windows = windowsIn(after).map((cells) => [addUpEach(cells, kind.countOf)]);
  return persistence({ baselineRate: baseline.rate, candidateRate: candidate.rate, windows });
}

function sizeOf({ offset }: RateSignal, test: RateComparison, limits: Limits, drift: Drift | null) {
  if (drift !== null) {
    // The floor of attempts is part of their tolerance.
    return offset === 0
      ? sizeBeyond(drift, logRatio(test), test, limits)
      : { ...sizeBeyond(drift, logAmplification(test), test, limits), floor: 'clear' as const };
  }
  return offset === 0 ? sizeRatio(test, limits) : sizeAmplification(test, limits);
}

/** What is left of the ratio beyond a drift. */
function sizeBeyond(drift: Drift, whole: LogRatio, test: RateComparison, { tolerance, floor, decisive }: Limits) {
  const { effect, ...precision } = lessDrift(whole, drift);
  const bounds = ratioInterval(effect, precision);
  const left = { ...test, difference: test.baseline.rate * Math.expm1(effect) };
  return {
    ratio: Math.exp(effect),
    bounds,
    p: test.p === null ? null : studentTwoSided(effect / precision.standardError, precision.degreesOfFreedom),
    minimumDetectable: minimumDetectable(precision, tolerance, decisive),
    floor: shareFloor(left, bounds, floor),
  };
}

function exactIfFew(test: RateComparison): ConditionalTest | null {
  const { baseline, candidate } = test;
  if (Math.min(baseline.events, candidate.events) >= FEW_EVENTS) return null;
  return conditionalTest(baseline, candidate, Math.max(baseline.designEffect, candidate.designEffect));
}

/**
 * The ratio of two rates, by the delta method or exactly. `unseenVariance`, on the log of the ratio, is what the data cannot
 * show; the test does not know of it either, so the larger of the two p stands.
 */
export function sizeRatio(test: RateComparison, { tolerance, floor, decisive }: Limits, unseenVariance = 0) {
  const { baseline, candidate } = test;
  const exact = exactIfFew(test);
  const standardError = Math.sqrt(
    unseenVariance +
      relativeVariance(baseline) +
      relativeVariance(candidate) -
      (2 * test.covariance) / (baseline.rate * candidate.rate || 1),
  );
  const precision = { standardError, degreesOfFreedom: test.degreesOfFreedom };
  const ratio = baseline.events > 0 ? candidate.rate / baseline.rate : null;
  const bounds = exact?.interval ?? ratioInterval(Math.log(ratio ?? 1), precision);
  const t = Math.log(ratio ?? 1) / standardError;
  const unseenP = unseenVariance > 0 ? studentTwoSided(t, test.degreesOfFreedom) : 0;
  return {
    ratio,
    bounds,
    p: test.p === null ? null : (exact?.p ?? Math.max(test.p, unseenP)),
    minimumDetectable: baseline.events > 0 ? minimumDetectable(precision, tolerance, decisive) : null,
    floor: shareFloor(test, bounds, floor),
  };
}

/** With half an event added, as the estimate of a count that may be zero. */
function relativeVariance({ events, exposure, variance }: RateComparison['baseline']): number {
  return variance / ((events + 0.5) / exposure) ** 2;
}

/** Of a rate that was zero, the highest that the interval allows is the base. */
export function shareFloor(test: RateComparison, bounds: readonly [number, number], floor: number): Floor {
  const base = test.baseline.rate > 0 ? test.baseline.rate : test.candidate.rate / bounds[0];
  return againstFloor(floor, { difference: test.difference, base, bounds });
}

/**
 * What is tolerated is tolerated of the excess, attempts beyond the first, and never less than the floor: told as a
 * part of all attempts, because that is what people read. Of attempts themselves 5 % would hide 1.00 becoming 1.05.
 */
function toleratedAmplification(retryRate: number, { tolerance, floor }: Limits): number {
  return Math.max(tolerance * retryRate, floor) / (1 + retryRate);
}

/** Attempts per logical call: the ratio of two numbers near one, so the delta method holds even for few retries. */
function sizeAmplification(test: RateComparison, { tolerance, decisive }: Limits) {
  const { effect, ...precision } = logAmplification(test);
  return {
    ratio: Math.exp(effect),
    bounds: ratioInterval(effect, precision),
    p: test.p === null ? null : (exactIfFew(test)?.p ?? test.p),
    minimumDetectable: minimumDetectable(precision, tolerance, decisive),
    floor: 'clear' as const,
  };
}

function logAmplification({ baseline, candidate, covariance, degreesOfFreedom }: RateComparison): LogRatio {
  const [before, after] = [1 + baseline.rate, 1 + candidate.rate];
  const variance =
    baseline.variance / before ** 2 + candidate.variance / after ** 2 - (2 * covariance) / (before * after);
  return { effect: Math.log(after / before), standardError: Math.sqrt(Math.max(0, variance)), degreesOfFreedom };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
