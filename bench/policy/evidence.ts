/** What the report says of a simulated upgrade, minute by minute. */

import { type Analysis, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { endpointId } from '../../analysis/input/endpoints.ts';
import { QUANTILES } from '../../analysis/input/quantiles.ts';
import { quantileNs } from '../../analysis/statistics/cumulative.ts';
import { countOf, mergeHistograms } from '../../analysis/statistics/histogram.ts';
import type { Cell, Histogram } from '../../model.ts';
import type { Arms } from '../../rehearse/cells.ts';
import { SERVICE } from './scenes.ts';

const { tolerances, errorFloor, retryFloor, minimumExceedances } = DEFAULT_SETTINGS;
const BUILDS = { from: `${SERVICE}-v1`, to: `${SERVICE}-v2` };

export interface Reports {
  add(slot: readonly Cell[]): void;
  /** As the controller reads it: all since the upgrade against the hour before. Null where no finding can be conclusive. */
  at(untilMs: number): Analysis | null;
  /** Of the whole hour since. */
  atEnd(): Analysis;
}

export function createReports({ baseline, candidate }: Arms, seed: number): Reports {
  const totals = new Map<string, Total>();
  const cells: Cell[] = [];
  const report = (endMs: number) =>
    analyse({
      baseline,
      candidate: { ...candidate, range: { ...candidate.range, endMs }, cells },
      changed: [{ service: SERVICE, ...BUILDS }],
      settings: DEFAULT_SETTINGS,
      seed,
    });
  return {
    add(slot) {
      cells.push(...slot);
      for (const [id, own] of Map.groupBy(slot, sideOf)) totals.set(id, addUp(totals.get(id) ?? NOTHING, own));
    },
    at: (untilMs) => (mayConclude(totals) ? report(untilMs) : null),
    atEnd: () => report(candidate.range.endMs),
  };
}

interface Total {
  readonly calls: number;
  readonly errors: number;
  readonly retries: number;
  readonly durations: Histogram;
}

const NOTHING: Total = { calls: 0, errors: 0, retries: 0, durations: { buckets: [], counts: [] } };

const sideOf = (cell: Cell) => `${cell.build} ${endpointId(cell)}`;

function addUp(total: Total, cells: readonly Cell[]): Total {
  const sum = (of: 'calls' | 'errors' | 'retries') => cells.reduce((all, cell) => all + cell[of], total[of]);
  const durations = mergeHistograms([total.durations, ...cells.map((cell) => cell.durations)]);
  return { calls: sum('calls'), errors: sum('errors'), retries: sum('retries'), durations };
}

/** An interval lies beyond tolerance and floor only where the estimate does: this spares most analyses and decides nothing. */
function mayConclude(totals: ReadonlyMap<string, Total>): boolean {
  return [...totals].some(([id, fresh]) => {
    const old = totals.get(id.replace(BUILDS.to, BUILDS.from));
    return old !== undefined && old !== fresh && (isSlower(old, fresh) || failsMore(old, fresh));
  });
}

function isSlower({ durations: old }: Total, { durations: fresh }: Total): boolean {
  const calls = Math.min(countOf(old), countOf(fresh));
  return QUANTILES.some(
    ({ p, tolerance }) =>
      calls * (1 - p) >= minimumExceedances &&
      (quantileNs(fresh, p) ?? 0) > (1 + tolerances[tolerance]) * (quantileNs(old, p) ?? 0),
  );
}

function failsMore(old: Total, fresh: Total): boolean {
  const rise = (of: 'errors' | 'retries') => fresh[of] / fresh.calls - old[of] / old.calls;
  // Part of the floor, because retries are counted here of all attempts.
  return rise('errors') > errorFloor || rise('retries') > retryFloor / 2;
}
