/** Before anything is compared: warm-up left out, gaps and shifts of load noticed, the split of requests checked. */

import type { Control } from '../../model.ts';
import type { AnalysisInput, AnalysisSettings, ArmData } from '../input/settings.ts';
import { callsIn, slotsIn } from '../input/totals.ts';
import { chiSquareAtLeast } from '../statistics/distributions.ts';
import { processesOf, withoutWarmUp } from './warm-up.ts';

export interface GuardedArms {
  readonly baseline: ArmData;
  readonly candidate: ArmData;
  /** Whether both arms have data in enough of their slots. */
  readonly covered: boolean;
  readonly notes: readonly string[];
}

const LEAST_COVERAGE = 2 / 3;
/** A load that changed by more than this factor is named: latency may follow load. */
const LOAD_CHANGE = 1.5;
/** Fabijan et al. 2019: a sample ratio this unlikely means that the split is broken. */
const SAMPLE_RATIO_P = 0.0005;

export function guard({ baseline, candidate, settings }: AnalysisInput): GuardedArms {
  const [old, fresh] = [processesOf(baseline), processesOf(candidate)];
  const before = withoutWarmUp('baseline', baseline, { processes: old, known: new Map() }, settings.warmupMs);
  const after = withoutWarmUp('candidate', candidate, { processes: fresh, known: old }, settings.warmupMs);
  const coverage = [coverageNote('baseline', baseline), coverageNote('candidate', candidate)].filter(isNote);
  return {
    baseline: before.arm,
    candidate: after.arm,
    covered: coverage.length === 0,
    notes: [...coverage, ...before.notes, ...after.notes, loadNote(baseline, candidate)].filter(isNote),
  };
}

/** Null when the requests reached the arms as planned, or where no split was planned. */
export function sampleRatioMismatch(
  calls: { readonly baseline: number; readonly candidate: number },
  control: Control,
  { plannedShare }: AnalysisSettings,
): string | null {
  if (plannedShare === undefined || control !== 'concurrent') return null;
  const all = calls.baseline + calls.candidate;
  const off = calls.candidate - all * plannedShare;
  const chiSquare = off ** 2 / (all * plannedShare) + off ** 2 / (all * (1 - plannedShare));
  if (!(chiSquareAtLeast(chiSquare, 1) < SAMPLE_RATIO_P)) return null;
  const share = ((100 * calls.candidate) / all).toFixed(1);
  return `comparison invalid: ${share} % of the requests reached the candidate where ${(100 * plannedShare).toFixed(1)} % were planned`;
}

const isNote = (note: string | null): note is string => note !== null;

function coverageNote(name: string, { range, slotMs, cells }: ArmData): string | null {
  const slots = slotsIn(cells).size;
  const wanted = Math.max(1, Math.floor((range.endMs - range.startMs) / slotMs));
  if (slots >= LEAST_COVERAGE * wanted) return null;
  return `The ${name} has data in ${slots} of ${wanted} slots: check that telemetry was complete; confidence is low.`;
}

function loadNote(baseline: ArmData, candidate: ArmData): string | null {
  const [before, after] = [baseline, candidate].map(callsPerSecond);
  if (!before || !after) return null;
  const factor = after / before;
  if (factor < LOAD_CHANGE && factor > 1 / LOAD_CHANGE) return null;
  return `The load changed from ${before.toFixed(1)} to ${after.toFixed(1)} calls per second: latency may follow load.`;
}

function callsPerSecond({ range, cells }: ArmData): number {
  return (1000 * callsIn(cells)) / (range.endMs - range.startMs);
}
