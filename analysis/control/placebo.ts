/** One endpoint at two times between which nothing was upgraded: how far each of its signals moved by itself. */

import { sum } from 'simple-statistics';
import type { Cell, Histogram, Signal } from '../../model.ts';
import { QUANTILES } from '../input/quantiles.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { cumulate } from '../statistics/cumulate.ts';
import { quantilePosition } from '../statistics/cumulative.ts';
import { BUCKET_LOG, countOf, mergeEach, mergeHistograms } from '../statistics/histogram.ts';
import { aroundQuantile, type Score, scoreOf, thresholdsAt } from '../statistics/tail.ts';
import type { Change } from './drift.ts';

/** The cells of one endpoint in both windows. */
export interface Placebo {
  readonly baseline: readonly Cell[];
  readonly candidate: readonly Cell[];
}

export interface SignalChange {
  readonly size: Change;
  readonly rate: Change;
}

export type Changes = ReadonlyMap<Signal, SignalChange>;

/** A signal that too few calls tell of is left out. */
export function changesOf({ baseline, candidate }: Placebo, settings: AnalysisSettings): Changes {
  const merged = (cells: readonly Cell[]) => mergeEach(cells, ({ durations }) => durations);
  const [before, after] = [merged(baseline), merged(candidate)];
  const calls = Math.min(countOf(before), countOf(after));
  const latency = QUANTILES.filter(({ p }) => calls * (1 - p) >= settings.suspicionExceedances).map(
    ({ signal, p }) =>
      [signal, { size: quantileChange(before, after, p), rate: exceedanceChange(before, after, p) }] as const,
  );
  const rates = rateChanges(baseline, candidate, settings.suspicionExceedances);
  return new Map<Signal, SignalChange>([...latency, ...rates]);
}

/** The counting variance of each quantile is read off its own histogram (Woodruff 1952). */
function quantileChange(before: Histogram, after: Histogram, p: number): Change {
  const [old, fresh] = [before, after].map((histogram) => {
    const table = cumulate([histogram]);
    const reach = Math.sqrt((p * (1 - p)) / countOf(histogram));
    const at = (share: number) => quantilePosition(table, [1], share) * BUCKET_LOG;
    return { log: at(p), variance: ((at(Math.min(1, p + reach)) - at(Math.max(0, p - reach))) / 2) ** 2 };
  });
  return {
    log: (fresh?.log ?? 0) - (old?.log ?? 0),
    countingVariance: (old?.variance ?? 0) + (fresh?.variance ?? 0),
  };
}

/** The thresholds are that day's own, as they are in the comparison itself. */
function exceedanceChange(before: Histogram, after: Histogram, p: number): Change {
  const thresholds = thresholdsAt(aroundQuantile(p), mergeHistograms([before, after]));
  return scoreChange(scoreOf(before, thresholds), scoreOf(after, thresholds));
}

interface Share {
  readonly events: number;
  readonly exposure: number;
}

/** Each event of a share scores one. */
function shareChange(before: Share, after: Share): Change {
  const score = (share: Share): Score => ({ ...share, squares: share.events });
  return scoreChange(score(before), score(after));
}

function scoreChange(before: Score, after: Score): Change {
  const mean = ({ events, exposure }: Score) => (events + 0.5) / (exposure + 1);
  const counting = ({ events, squares, exposure }: Score) => (squares + 0.5) / (events + 0.5) ** 2 - 1 / (exposure + 1);
  return { log: Math.log(mean(after) / mean(before)), countingVariance: counting(before) + counting(after) };
}

function rateChanges(before: readonly Cell[], after: readonly Cell[], fewest: number): [Signal, SignalChange][] {
  const of = (cells: readonly Cell[], what: 'calls' | 'errors' | 'retries' | 'logicalCalls') =>
    sum(cells.map((cell) => cell[what]));
  const share = (cells: readonly Cell[]): Share => ({ events: of(cells, 'errors'), exposure: of(cells, 'calls') });
  const [old, fresh] = [share(before), share(after)];
  const known: [Signal, SignalChange][] = [];
  if (Math.min(old.events, fresh.events) >= fewest) {
    const change = shareChange(old, fresh);
    known.push(['errors', { size: change, rate: change }]);
  }
  const attempts = (cells: readonly Cell[]) => ({
    calls: of(cells, 'calls'),
    retries: of(cells, 'retries'),
    logical: of(cells, 'logicalCalls'),
  });
  const [a, b] = [attempts(before), attempts(after)];
  if (Math.min(a.retries, b.retries) >= fewest) {
    const change = {
      log: Math.log(b.calls / b.logical) - Math.log(a.calls / a.logical),
      countingVariance: a.retries / a.calls ** 2 + b.retries / b.calls ** 2,
    };
    known.push(['retries', { size: change, rate: change }]);
  }
  return known;
}
