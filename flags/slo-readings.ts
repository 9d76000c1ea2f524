/** Reads the SLOs of one look: their windows and, after a change, the time since it took effect, beside a control. */
import type { EventCounts, Slo, TimeRange } from '../model.ts';
import type { ControlReading, SloReading } from './readings.ts';
import type { Look } from './source.ts';
import type { FlagState } from './state.ts';

/** Of all SLOs of the policy; and of what regressed, where that is asked for. */
export async function sloReadings(look: Look): Promise<readonly SloReading[]> {
  const [slos, signals] = await Promise.all([
    Promise.all(look.policy.slos.map((slo) => sloReading(look, slo))),
    signalReading(look),
  ]);
  return [...slos, ...signals];
}

function recoveryRange({ policy, state, nowMs }: Look): TimeRange | null {
  if (state.clearMs === null) return null;
  return { startMs: Math.max(state.clearMs, nowMs - policy.recoveryWindowMs), endMs: nowMs + 1 };
}

async function sloReading(look: Look, slo: Slo): Promise<SloReading> {
  const { source, policy, nowMs } = look;
  const last = (ms: number): TimeRange => ({ startMs: nowMs - ms, endMs: nowMs + 1 });
  const windows = policy.burn.flatMap(({ longMs, shortMs }) => [last(longMs), last(shortMs)]);
  const range = recoveryRange(look);
  const ranges = range === null ? windows : [...windows, range];
  const [counts, control] = await Promise.all([
    ranges.length === 0 ? [] : source.eventCounts(slo, ranges),
    range === null ? null : controlReading(look, slo, range),
  ]);
  const countsAt = (index: number): EventCounts => counts[index] ?? { good: 0, total: 0 };
  const rules = policy.burn.map((rule, index) => ({ rule, long: countsAt(2 * index), short: countsAt(2 * index + 1) }));
  const recovery = range === null ? null : countsAt(windows.length);
  return { slo: slo.name, objective: slo.objective, rules, recovery, control };
}

/** What regressed, where that is asked for. */
async function signalReading(look: Look): Promise<readonly SloReading[]> {
  const { state, source } = look;
  const range = recoveryRange(look);
  const signal = state.breach?.signal;
  if (range === null || signal === undefined || !COMPARED.has(state.phase)) return [];
  const [[recovery = null], control] = await Promise.all([
    source.eventCounts(signal, [range]),
    controlReading(look, signal, range),
  ]);
  return [{ slo: signal.name, isSignal: true, objective: signal.objective, rules: [], recovery, control }];
}

/** Phases that ask whether the signal is back. */
const COMPARED = new Set<FlagState['phase']>(['VERIFY_RECOVERY', 'EXHAUSTED']);

async function controlReading(
  { source, policy, state }: Look,
  slo: Slo,
  range: TimeRange,
): Promise<ControlReading | null> {
  if (!COMPARED.has(state.phase) || source.control === undefined) return null;
  const { flag, minEvents } = policy;
  return source.control({ slo, flag, range, minEvents, byVariant: state.change?.change.kind === 'payload' });
}
