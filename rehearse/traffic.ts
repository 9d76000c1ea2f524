/** The traffic that a release is rehearsed with, and one release of it. */

import { type CellPlan, type DrawnCells, drawCells, type EndpointPlan } from './cells.ts';
import { type Change, changed } from './changes.ts';
import { averaged, type Drift } from './time.ts';

export interface Traffic {
  /** Of each service; five endpoints are a service. */
  readonly instances: number;
  readonly endpoints: number;
  /** To each endpoint. */
  readonly callsPerHour: number;
  readonly medianMs: number;
  /** `together`: half of the instances are upgraded and both builds serve at once. `before-after`: all are upgraded between the windows. */
  readonly oldAndNew: 'together' | 'before-after';
  /** Of the baseline, and of the candidate when it is complete. */
  readonly windowMinutes: number;
  /** Earlier days with the same two windows. */
  readonly historyDays: number;
  /** Latency at 15:00 UTC over that at 03:00, less 1. */
  readonly dailyRise: number;
}

/** Parts of a window, each a slot: enough for blocks of time to stand in where instances are few. */
export const PARTS = 12;
const MINUTE_MS = 60_000;
const ENDPOINTS_A_SERVICE = 5;
/** 2025-06-15 at 09:00 UTC, when latency rises fastest. */
const UPGRADE_MS = Date.UTC(2025, 5, 15, 9);

/** Instances differ by 5 %, and each of them drifts by 5 % from minute to minute. */
const INSTANCE_SD = 0.05;
const DRIFT: Drift = { sd: 0.05, correlation: 0.7 };

/** Calls of both windows, and of earlier days: what a release costs to draw. */
export function callsOf({ endpoints, callsPerHour, windowMinutes, historyDays }: Traffic): number {
  return (2 * (1 + historyDays) * endpoints * callsPerHour * windowMinutes) / 60;
}

const placeOf = (index: number) => ({
  service: `service${Math.floor(index / ENDPOINTS_A_SERVICE)}`,
  endpoint: `POST /route${index}`,
});

/** Whether a change strikes this endpoint: the first one. */
export function isStruck({ service, endpoint }: Pick<EndpointPlan, 'service' | 'endpoint'>): boolean {
  const struck = placeOf(0);
  return service === struck.service && endpoint === struck.endpoint;
}

/** The change strikes one endpoint; every service is upgraded. */
export function drawRelease(traffic: Traffic, change: Change, seed: number): DrawnCells {
  const { instances, oldAndNew, windowMinutes, historyDays, dailyRise } = traffic;
  const slotMs = Math.max(1, Math.round((windowMinutes * MINUTE_MS) / PARTS));
  const plan: CellPlan = {
    ...{ seed, instances, historyDays, slots: PARTS, slotMs, arrivals: 'random', paired: false },
    endpoints: endpointsOf(traffic).map((endpoint) =>
      changed(endpoint, isStruck(endpoint) ? change : { kind: 'nothing' }),
    ),
    noise: { instanceSd: INSTANCE_SD, drift: averaged(DRIFT, slotMs / MINUTE_MS), dailyRise },
    rollout: oldAndNew === 'together' ? { kind: 'canary', share: 0.5 } : { kind: 'all' },
    baselineMs: UPGRADE_MS - PARTS * slotMs,
    candidateMs: UPGRADE_MS,
  };
  return drawCells(plan);
}

function endpointsOf({ endpoints, callsPerHour, medianMs, windowMinutes }: Traffic): EndpointPlan[] {
  const calls = (callsPerHour * windowMinutes) / 60;
  return Array.from({ length: endpoints }, (_, index) => ({
    ...placeOf(index),
    ...{ kind: 'SERVER', peer: '', medianMs, calls },
  }));
}

/** What was known when so many parts of the candidate were over. */
export function lookAfter({ baseline, candidate, history }: DrawnCells, parts: number): DrawnCells {
  const cut = (arm: DrawnCells['candidate']) => {
    const endMs = arm.range.startMs + parts * arm.slotMs;
    return { ...arm, range: { ...arm.range, endMs }, cells: arm.cells.filter(({ slotMs }) => slotMs < endMs) };
  };
  return {
    baseline,
    candidate: cut(candidate),
    history: history.map((day) => ({ baseline: day.baseline, candidate: cut(day.candidate) })),
  };
}
