/** What the controller watches: a behaviour of a service that a flag gates, and how it may be turned down. */

import { type BurnRule, DEFAULT_BURN } from '../analysis/live/burn.ts';
import { HingeError } from '../errors.ts';
import type { ControllerMode, Slo } from '../model.ts';

/** Which way down: `tune` the payload ladder, `step-down` the rollout ladder, each then off; `kill` off at once. */
export type PolicyKind = 'tune' | 'step-down' | 'kill';

export interface Behaviour {
  readonly name: string;
  readonly service: string;
  readonly flag: string;
  readonly environment: string;
  /** @default 'dry-run' */
  readonly mode?: ControllerMode;
  /** Names of SLOs; one that burns is enough, all must recover. */
  readonly slos: readonly string[];
  /** @default 'tune' */
  readonly policy?: PolicyKind;
  /** Payloads, JSON text, from new to safe: stepped down one at a time before the flag is turned off. @default [] */
  readonly ladder?: readonly string[];
  /** Whole percentages of the rollout, from high to low, for the policy `step-down`. @default [] */
  readonly rolloutLadder?: readonly number[];
  /** Different people who must approve a change in the mode `approve`, and a restore in any. @default 1 */
  readonly approvals?: 1 | 2;
  /** Turned off and still bad: offer to put the flag back as it was, or do so by itself, once. @default 'offer' */
  readonly onNoRecovery?: 'offer' | 'restore';
  /** A flag with this tag in Unleash is pinned. @default 'hinge-hold' */
  readonly holdTag?: string;
  /** At most one change of the flag within it. @default 30 minutes */
  readonly cooldownMs?: number;
  /** Without recovery by then the change did not help. @default 10 minutes */
  readonly recoveryTimeoutMs?: number;
  /** @default 30 seconds */
  readonly publishedTimeoutMs?: number;
  /** @default DEFAULT_BURN: 14.4 over 1 h and 5 min, 6 over 6 h and 30 min */
  readonly burn?: readonly BurnRule[];
  /** Telemetry older than this is no ground to act on. @default 2 minutes */
  readonly staleMs?: number;
  /** Fewer events in a window say nothing. @default 30 */
  readonly minEvents?: number;
  /** Looks in a row, each with newer data, that must be good. @default 3 */
  readonly goodLooks?: number;
  /** The most recent telemetry in which no instance may report the flag's variant any more. @default 30 seconds */
  readonly exposureWindowMs?: number;
  /** The span over which recovery is measured. @default the shortest window of `burn` */
  readonly recoveryWindowMs?: number;
}

/** A behaviour with its defaults filled in and its SLOs looked up. */
export interface Policy extends Required<Omit<Behaviour, 'slos'>> {
  readonly slos: readonly Slo[];
}

/** Modes in which flags may be written to. */
export const mayWrite = (mode: ControllerMode): boolean => mode === 'act' || mode === 'approve';

/** Limits over all flags of an environment. */
export const CHANGES_PER_HOUR = 3;
/** This many flags bad at once are an incident, not a flag: alert only. */
export const STORM_FLAGS = 3;

const MINUTE = 60_000;

function wrong(behaviour: Behaviour, what: string): HingeError {
  return new HingeError('CONFIG_INVALID', `behaviour "${behaviour.name}": ${what}`);
}

function checkNames(behaviour: Behaviour): void {
  for (const key of ['service', 'flag', 'environment'] as const) {
    if (!/^[^\s*?]+$/.test(behaviour[key])) throw wrong(behaviour, `${key} "${behaviour[key]}" must name exactly one`);
  }
}

function checkLadder(behaviour: Behaviour): void {
  for (const [index, payload] of (behaviour.ladder ?? []).entries()) {
    try {
      JSON.parse(payload);
    } catch (cause) {
      throw new HingeError('CONFIG_INVALID', `behaviour "${behaviour.name}": ladder[${index}] is not JSON`, { cause });
    }
  }
}

function checkRolloutLadder(behaviour: Behaviour): void {
  const { rolloutLadder = [] } = behaviour;
  for (const [index, percent] of rolloutLadder.entries()) {
    const isBelow = percent < (rolloutLadder[index - 1] ?? 100);
    if (!Number.isInteger(percent) || percent < 0 || !isBelow) {
      throw wrong(
        behaviour,
        `rolloutLadder[${index}] must be a whole percentage from 0 to 99, lower than the one before`,
      );
    }
  }
}

function slosOf(behaviour: Behaviour, slos: readonly Slo[]): readonly Slo[] {
  if (behaviour.slos.length === 0) throw wrong(behaviour, 'slos is empty: name at least one SLO to act on');
  return behaviour.slos.map((name) => {
    const slo = slos.find((one) => one.name === name);
    if (slo === undefined)
      throw wrong(behaviour, `there is no SLO "${name}"; the SLOs are: ${slos.map((one) => one.name).join(', ')}`);
    return slo;
  });
}

/** @throws {HingeError} CONFIG_INVALID. */
export function policyOf(behaviour: Behaviour, slos: readonly Slo[]): Policy {
  checkNames(behaviour);
  checkLadder(behaviour);
  checkRolloutLadder(behaviour);
  const burn = behaviour.burn ?? DEFAULT_BURN;
  if (burn.length === 0) throw wrong(behaviour, 'burn is empty: give at least one rule {longMs, shortMs, rate}');
  return {
    mode: 'dry-run',
    policy: 'tune',
    ladder: [],
    rolloutLadder: [],
    approvals: 1,
    onNoRecovery: 'offer',
    holdTag: 'hinge-hold',
    cooldownMs: 30 * MINUTE,
    recoveryTimeoutMs: 10 * MINUTE,
    publishedTimeoutMs: MINUTE / 2,
    staleMs: 2 * MINUTE,
    minEvents: 30,
    goodLooks: 3,
    exposureWindowMs: MINUTE / 2,
    recoveryWindowMs: Math.min(...burn.map((rule) => rule.shortMs)),
    ...behaviour,
    burn,
    slos: slosOf(behaviour, slos),
  };
}
