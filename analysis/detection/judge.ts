/** From a measurement to a verdict, with the reason in words. */

import type { Control, Finding, Verdict } from '../../model.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { dataNeeded } from '../statistics/power.ts';
import { change, nameOf, pValue, signalValue } from '../words.ts';
import type { EndpointMeasurements } from './detect.ts';
import { type Floor, isTwoSided, type Measurement } from './measurement.ts';

const SOURCE_OF_DRIFT: Readonly<Record<Control, string>> = {
  concurrent: '',
  history: 'of the same hours on earlier days',
  'diff-in-diff': 'of the endpoints that the upgrade cannot have reached',
  'before-after': '',
};

interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** `q` is the p-value adjusted for the number of tests; null where there was no test. */
export function judge(
  about: EndpointMeasurements,
  measurement: Measurement,
  q: number | null,
  settings: AnalysisSettings,
): Finding {
  const { signal, baseline, candidate, ratio, bounds, p, minimumDetectable } = measurement;
  const { key, control, calls, instances, confidence } = about;
  const judgement = verdictOf(measurement, q, settings);
  const moved = judgement.verdict === 'regressed' || judgement.verdict === 'improved';
  return {
    ...key,
    signal,
    ...judgement,
    control: measurement.drift?.control ?? control,
    baseline,
    candidate,
    ratio,
    interval: ratio !== null && bounds !== null && Number.isFinite(bounds[1]) ? bounds : null,
    p,
    q,
    calls,
    instances,
    minimumDetectable,
    confidence,
    conclusive: moved && isWhole(measurement),
    exemplars: { baseline: [], candidate: [] },
    // Drawn where something moved; hundreds of endpoints that did not would make the report megabytes long.
    shift: moved && signal.startsWith('latency.') ? about.shift() : [],
  };
}

/** A faster failure is no improvement: where errors regressed, a better latency of the rest is not called one. */
export function withoutFasterFailures(findings: readonly Finding[]): Finding[] {
  const failing = findings.some(({ signal, verdict }) => signal === 'errors' && verdict === 'regressed');
  return findings.map((finding) =>
    failing && finding.verdict === 'improved' && finding.signal.startsWith('latency.')
      ? {
          ...finding,
          verdict: 'inconclusive',
          reason: 'faster, but more calls fail: failing early is no improvement',
          conclusive: false,
          shift: [],
        }
      : finding,
  );
}

function verdictOf(measurement: Measurement, q: number | null, { falseDiscoveryRate }: AnalysisSettings): Judgement {
  const { obstacle, quiet, bounds, tolerance, floor } = measurement;
  const significant = q !== null && q <= falseDiscoveryRate;
  if (obstacle !== null) {
    const suspected = significant ? `suspected, not proved: ${movement(measurement)}; ` : '';
    return { verdict: 'inconclusive', reason: suspected + obstacle };
  }
  if (quiet !== null) return { verdict: 'unchanged', reason: quiet };
  if (bounds === null) return { verdict: 'inconclusive', reason: 'the effect cannot be sized' };
  const moved = significant && isOver(floor) ? beyondTolerance(measurement, bounds) : null;
  if (moved !== null) return lasting(moved, measurement);
  const inside = bounds[0] >= 1 / (1 + tolerance) && bounds[1] <= 1 + tolerance;
  if (inside)
    return { verdict: 'unchanged', reason: `the interval lies within the tolerance of ${change(1 + tolerance)}` };
  if (floor === 'under') return { verdict: 'unchanged', reason: 'the difference is too small to matter' };
  return { verdict: 'inconclusive', reason: openQuestion(measurement, bounds, q, significant) };
}

const isOver = (floor: Floor) => floor === 'over' || floor === 'clear';

/** Both ends of the interval lie beyond the tolerance and the floor, on the same side. */
function isWhole({ bounds, tolerance, floor }: Measurement): boolean {
  if (bounds === null || floor !== 'clear') return false;
  return bounds[0] > 1 + tolerance || bounds[1] < 1 / (1 + tolerance);
}

/** An improvement, on which nobody acts at night, asks for the whole interval always. */
function beyondTolerance({ signal, tolerance, decisive, ratio }: Measurement, [low, high]: readonly [number, number]) {
  const least = decisive === 'estimate' && ratio !== null ? ratio : low;
  if (least > 1 + tolerance) return 'regressed';
  if (high >= 1 / (1 + tolerance)) return null;
  return isTwoSided(signal) ? 'regressed' : 'improved';
}

function lasting(verdict: 'regressed' | 'improved', measurement: Measurement): Judgement {
  if (measurement.lasting === 'transient') {
    return {
      verdict: 'inconclusive',
      reason: `transient: ${movement(measurement)}, but not in the last third of the time`,
    };
  }
  return { verdict, reason: movement(measurement) + meaningOf(measurement) };
}

/** Calls per request are no worse in themselves, so that what they may mean is said. */
function meaningOf({ signal, baseline, candidate }: Measurement): string {
  if (signal !== 'calls') return '';
  if ((candidate ?? 0) > (baseline ?? 0)) return ': more work for each request';
  return ': it answers early, hides a failure, or was made to call less; check that its answers are complete';
}

/** `p99 from 120 ms to 190 ms (+58 %, 95 % interval +41 % to +77 %, p < 0.001)`; what came by itself is named. */
function movement({ signal, baseline, candidate, ratio, bounds, p, drift }: Measurement): string {
  const beyond = drift ? ` beyond the ${change(drift.ratio)} ${SOURCE_OF_DRIFT[drift.control]}` : '';
  const size =
    ratio === null || bounds === null ? atLeast(bounds) : `${change(ratio)}${beyond}, ${intervalWords(bounds)}`;
  const details = [size, p === null ? '' : pValue(p)].filter((detail) => detail !== '').join(', ');
  return `${nameOf(signal)} from ${signalValue(signal, baseline)} to ${signalValue(signal, candidate)} (${details})`;
}

function atLeast(bounds: readonly [number, number] | null): string {
  return bounds === null ? '' : `at least ×${Number(bounds[0].toPrecision(3))}`;
}

function intervalWords([low, high]: readonly [number, number]): string {
  return Number.isFinite(high) ? `95 % interval ${change(low)} to ${change(high)}` : `at least ${change(low)}`;
}

function openQuestion(
  measurement: Measurement,
  bounds: readonly [number, number],
  q: number | null,
  significant: boolean,
): string {
  const { tolerance, ratio, minimumDetectable, floor, decisive } = measurement;
  if (significant && !isOver(floor)) return `${movement(measurement)}: more than chance, but under the absolute floor`;
  if (significant && decisive === 'estimate' && (ratio ?? 1) > 1) {
    return `${movement(measurement)}: more than chance, but not beyond the tolerance of ${change(1 + tolerance)}`;
  }
  if (significant) {
    return `${movement(measurement)}: more than chance, but it may be within the tolerance of ${change(1 + tolerance)}${missing(ratio, bounds, tolerance)}`;
  }
  const beyond = bounds[0] > 1 + tolerance || bounds[1] < 1 / (1 + tolerance);
  if (beyond && q !== null)
    return `${movement(measurement)}: may be chance among this many tests (q = ${Number(q.toPrecision(2))})`;
  const seen =
    minimumDetectable === null ? '' : `; a worsening under ${change(minimumDetectable)} may have been missed`;
  return `${intervalWords(bounds)}: no change beyond chance${seen}${missing(ratio, bounds, tolerance)}`;
}

/** Says how much more data would tell, where that is a number worth saying. */
function missing(ratio: number | null, bounds: readonly [number, number], tolerance: number): string {
  if (ratio === null || ratio === 0 || bounds[0] <= 0) return '';
  const factor = dataNeeded(ratio, bounds, tolerance);
  return factor > 1 && factor <= 100 ? `; about ${Number(factor.toPrecision(2))} times the data would tell` : '';
}
