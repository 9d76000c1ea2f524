/** Where the live test meets cells: what to watch, from those before the upgrade, and a look, from those since. */

import { sum } from 'simple-statistics';
import type { Cell, Signal } from '../../model.ts';
import { groupBy } from '../control/cluster.ts';
import { endpointId } from '../input/endpoints.ts';
import { QUANTILES } from '../input/quantiles.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { addUp, type Count } from '../statistics/counts.ts';
import { countOf, mergeEach } from '../statistics/histogram.ts';
import { ASSUMED_VARIANCE, estimateSpread } from './spread.ts';
import type { CandidateCount, LiveLook, LiveState, StreamLook, Watched } from './state.ts';
import { countSlow, freezeThreshold, tailIndex } from './threshold.ts';

/** By endpoint and signal, from cells of the arm that is the baseline, before the upgrade. */
export function watchedIn(before: readonly Cell[], settings: AnalysisSettings): Watched[] {
  return groupBy(before, endpointId).flatMap(({ members }) => {
    const [cell] = members;
    return cell === undefined ? [] : [...latencies(cell, members, settings), ...rates(cell, members, settings)];
  });
}

/** Cells of both arms since the start of the case, warm-up left out (guards.ts); `atMs`: the end of the newest slot. */
export function lookAt(
  state: LiveState,
  arms: { readonly baseline: readonly Cell[]; readonly candidate: readonly Cell[] },
  atMs: number,
): LiveLook {
  const [baseline, candidate] = [arms.baseline, arms.candidate].map((cells) => Map.groupBy(cells, endpointId));
  const streams = state.streams.map(({ id, watched }): StreamLook => {
    const cellsOf = (arm: typeof baseline) => arm?.get(endpointId(watched)) ?? [];
    return { id, baseline: byInstance(cellsOf(baseline), watched), candidate: byInstance(cellsOf(candidate), watched) };
  });
  return { caseId: state.caseId, atMs, streams };
}

function latencies(of: Cell, cells: readonly Cell[], settings: AnalysisSettings): Watched[] {
  const before = mergeEach(cells, ({ durations }) => durations);
  return QUANTILES.flatMap(({ signal, p, tolerance: name }) => {
    const tolerance = settings.tolerances[name];
    const threshold = freezeThreshold(before, p, { ratio: tolerance, floorNs: settings.floorMs * 1e6 });
    if (threshold === null || countOf(before) * (1 - p) < settings.minimumExceedances) return [];
    const assumed = (settings.instanceSd * tailIndex(before, threshold)) ** 2;
    const fixed = { ...keyOf(of), signal, threshold, tolerance, floor: 0 };
    return [{ ...fixed, spread: estimateSpread(byInstance(cells, fixed), assumed) }];
  });
}

/** Errors and retries do not hang on the speed of an instance: what they differ by by themselves is told by the time before. */
function rates(of: Cell, cells: readonly Cell[], settings: AnalysisSettings): Watched[] {
  const { tolerances, errorFloor, instanceSd } = settings;
  const calling = of.kind === 'CLIENT' || of.kind === 'PRODUCER';
  const signals: readonly Signal[] = calling ? ['errors', 'retries'] : ['errors'];
  return signals.map((signal) => {
    const limits =
      signal === 'retries'
        ? { tolerance: tolerances.retries, floor: 0 }
        : { tolerance: tolerances.errors, floor: errorFloor };
    const fixed = { ...keyOf(of), signal, threshold: null, ...limits };
    return { ...fixed, spread: estimateSpread(byInstance(cells, fixed), ASSUMED_VARIANCE, instanceSd ** 2) };
  });
}

const keyOf = ({ service, endpoint, kind, peer }: Cell) => ({ service, endpoint, kind, peer });

function byInstance(cells: readonly Cell[], watched: Pick<Watched, 'signal' | 'threshold'>): CandidateCount[] {
  return groupBy(cells, ({ instance }) => instance).map(({ id, members }) => {
    const counts = members.map((cell) => countOfCell(cell, watched));
    return { instance: id, ...addUp(counts), beyond: sum(counts.map(({ beyond }) => beyond)) };
  });
}

function countOfCell(
  cell: Cell,
  { signal, threshold }: Pick<Watched, 'signal' | 'threshold'>,
): Count & { beyond: number } {
  if (threshold !== null) return countSlow(cell.durations, threshold);
  const [events, exposure] = signal === 'retries' ? [cell.retries, cell.logicalCalls] : [cell.errors, cell.calls];
  return { events, exposure, beyond: events };
}
