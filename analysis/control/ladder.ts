/** Without a concurrent control: what an endpoint does at this hour anyway, by earlier days or by endpoints nobody touched. */

import type { Cell, Control, Signal } from '../../model.ts';
import type { AnalysisSettings, PastDay } from '../input/settings.ts';
import { type DriftOf, driftOf, type SignalDrift } from './drift.ts';
import { type Changes, changesOf, type SignalChange } from './placebo.ts';

export interface LadderInput {
  /** The same windows of earlier days. */
  readonly history: readonly PastDay[];
  /** Of this comparison: the endpoints that the upgrade cannot have reached. */
  readonly untouched: PastDay;
  readonly idOf: (cell: Cell) => string;
  readonly settings: AnalysisSettings;
}

/** A common shift beyond this factor is no time of day but an incident: it is not subtracted, so that it is told. */
const MOST_COMMON_SHIFT = 1.25;

/** Per endpoint and signal the better rung of the two that is at hand: the same hours of earlier days, else the untouched endpoints. */
export function createLadder({ history, untouched, idOf, settings }: LadderInput): (id: string) => DriftOf {
  const byId = ({ baseline, candidate }: PastDay) => ({
    baseline: Map.groupBy(baseline.cells, idOf),
    candidate: Map.groupBy(candidate.cells, idOf),
  });
  const changesIn = ({ baseline, candidate }: ReturnType<typeof byId>, id: string): Changes =>
    changesOf({ baseline: baseline.get(id) ?? [], candidate: candidate.get(id) ?? [] }, settings);
  const days = history.map(byId);
  const today = byId(untouched);
  const others = [...today.baseline.keys()].map((id) => ({ id, changes: changesIn(today, id) }));
  return (id) => {
    const past = days.map((day) => changesIn(day, id));
    const peers = others.filter((other) => other.id !== id).map(({ changes }) => changes);
    return (signal) => learn('history', past, signal) ?? ordinary(learn('diff-in-diff', peers, signal));
  };
}

function learn(control: Control, placebos: readonly Changes[], signal: Signal): SignalDrift | null {
  const changes = placebos.map((placebo) => placebo.get(signal)).filter((change) => change !== undefined);
  const of = (part: keyof SignalChange) => driftOf(changes.map((change) => change[part]));
  const [size, rate] = [of('size'), of('rate')];
  return size === null || rate === null ? null : { control, size, rate };
}

function ordinary(drift: SignalDrift | null): SignalDrift | null {
  return drift !== null && Math.abs(drift.size.log) <= Math.log(MOST_COMMON_SHIFT) ? drift : null;
}
