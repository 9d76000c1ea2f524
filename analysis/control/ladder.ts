/** Without a concurrent control: what an endpoint does at this hour anyway, by earlier days or by endpoints nobody touched. */

import type { Control, Signal } from '../../model.ts';
import { byEndpoint } from '../input/endpoints.ts';
import type { AnalysisSettings, PastDay } from '../input/settings.ts';
import { type DriftOf, driftOf, type SignalDrift } from './drift.ts';
import { type Changes, changesOf, type SignalChange } from './placebo.ts';

export interface LadderInput {
  /** The same windows of earlier days. */
  readonly history: readonly PastDay[];
  /** Of this comparison: the endpoints that the upgrade cannot have reached. */
  readonly untouched: PastDay;
  readonly settings: AnalysisSettings;
}

/** A common shift beyond this factor is no time of day but an incident: it is not subtracted, so that it is told. */
const MOST_COMMON_SHIFT = 1.25;

/** By `endpointId` and signal the better rung of the two that is at hand: the same hours of earlier days, else the untouched endpoints. */
export function createLadder({ history, untouched, settings }: LadderInput): (id: string) => DriftOf {
  const changesIn = ({ baseline, candidate }: PastDay, id: string): Changes => {
    const of = ({ cells }: PastDay['baseline']) => byEndpoint(cells).get(id) ?? [];
    return changesOf({ baseline: of(baseline), candidate: of(candidate) }, settings);
  };
  const others = [...byEndpoint(untouched.baseline.cells).keys()].map((id) => ({
    id,
    changes: changesIn(untouched, id),
  }));
  return (id) => {
    const past = history.map((day) => changesIn(day, id));
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
