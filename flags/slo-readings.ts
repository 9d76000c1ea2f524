/** Reads the SLOs of one look: their windows and, after a change, the time since it took effect, beside a control. */
import type { BurnRule } from '../analysis/live/burn.ts';
import type { Slo, TimeRange } from '../model.ts';
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
  const last = (ms: number) => source.eventCounts(slo, { startMs: nowMs - ms, endMs: nowMs + 1 });
  const countsOf = async (rule: BurnRule) => {
    const [long, short] = await Promise.all([last(rule.longMs), last(rule.shortMs)]);
    return { rule, long, short };
  };
  const range = recoveryRange(look);
  const [recovery, control, rules] = await Promise.all([
    range === null ? null : source.eventCounts(slo, range),
    range === null ? null : controlReading(look, slo, range),
    Promise.all(policy.burn.map(countsOf)),
  ]);
  return { slo: slo.name, objective: slo.objective, rules, recovery, control };
}

/** What regressed, where that is asked for. */
async function signalReading(look: Look): Promise<readonly SloReading[]> {
  const { state, source } = look;
  const range = recoveryRange(look);
  const signal = state.breach?.signal;
  if (range === null || signal === undefined || !COMPARED.has(state.phase)) return [];
  const [recovery, control] = await Promise.all([
    source.eventCounts(signal, range),
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
