/** Upgrades for the policy bench: half of a fleet gets the new build, the other half serves on beside it. */

import type { CellPlan, EndpointPlan } from '../../rehearse/cells.ts';
import { NOISE, QUIET_HOUR_MS } from '../accuracy/simulate.ts';

export const SERVICE = 'checkout';
const MINUTE_MS = 60_000;
const MINUTES = 60;
const HOUR_MS = MINUTES * MINUTE_MS;
/** Of the service, old and new together. */
const INSTANCES = 20;
/** Of each endpoint, old and new together: 1,000 an arm. */
const CALLS_A_MINUTE = 2_000;

/** What the new build does worse; all else stays. */
export interface Fault {
  readonly latency?: NonNullable<EndpointPlan['effect']>;
  /** Shares of calls that fail. @default 0.005 before and after */
  readonly errorsAfter?: number;
  /** Retries per logical call of the calls to payments. @default 0.02 before and after */
  readonly retriesAfter?: number;
}

/** Of calls, and retries of logical calls, where nothing is worse. */
export const ERRORS = 0.005;
export const RETRIES = 0.02;

/** One endpoint that users call, and the calls that it makes to payments; an hour before the upgrade and an hour since. */
export function upgradePlan(fault: Fault, more: Partial<CellPlan> = {}): Omit<CellPlan, 'seed'> {
  const errors = { before: ERRORS, after: fault.errorsAfter ?? ERRORS };
  const calls = CALLS_A_MINUTE * MINUTES;
  return {
    instances: INSTANCES,
    slots: MINUTES,
    slotMs: MINUTE_MS,
    noise: { ...NOISE, dailyRise: 0.08 },
    rollout: { kind: 'canary', share: 0.5 },
    paired: false,
    // When the day's rise is steepest.
    baselineMs: QUIET_HOUR_MS + 5 * HOUR_MS,
    candidateMs: QUIET_HOUR_MS + 6 * HOUR_MS,
    historyDays: 0,
    endpoints: [
      {
        ...{ service: SERVICE, endpoint: 'POST /orders', kind: 'SERVER', peer: '', medianMs: 60, calls, errors },
        ...(fault.latency === undefined ? {} : { effect: fault.latency }),
      },
      {
        ...{ service: SERVICE, endpoint: 'POST /pay', kind: 'CLIENT', peer: 'payments', medianMs: 20, calls },
        ...{ errors: { before: ERRORS, after: ERRORS } },
        retries: { before: RETRIES, after: fault.retriesAfter ?? RETRIES },
      },
    ],
    ...more,
  };
}

/** So many endpoints that users call, alike in all but their median. */
export function manyEndpoints(count: number): EndpointPlan[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ service: SERVICE, endpoint: `POST /${index}`, kind: 'SERVER', peer: '', medianMs: 5 * 2 ** (index % 5) },
    ...{ calls: CALLS_A_MINUTE * MINUTES, errors: { before: ERRORS, after: ERRORS } },
  }));
}
