/** A release with a known truth: both arms as requests through a system, and as the cells and self times of these. */

import type { ArmData } from '../../../analysis/input/settings.ts';
import { createRandom } from '../../../analysis/statistics/random.ts';
import type { ChangedBuild } from '../../../model.ts';
import type { Noise } from '../../../rehearse/noise.ts';
import type { Rollout } from '../../../rehearse/time.ts';
import { type Fault, mixFactor, type Truth, truthOf } from './faults.ts';
import { drawFleets } from './fleet.ts';
import { cellsOf } from './observed-cells.ts';
import { drawRequests, type Visit, type World } from './requests.ts';
import { selfTimesOf } from './self-times.ts';
import type { Clocked } from './slots.ts';
import type { System } from './system.ts';

export interface ReleasePlan {
  readonly seed: number;
  readonly system: System;
  /** Services whose build the upgrade changes. */
  readonly changed: readonly string[];
  readonly faults: readonly Fault[];
  /** Requests in an arm. */
  readonly requests: number;
  /** @default 12 */
  readonly slots?: number;
  /** @default 60000 */
  readonly slotMs?: number;
  readonly noise?: Noise;
  /** @default all at once */
  readonly rollout?: Rollout;
  /** Upgraded instances keep their names and speed. @default false */
  readonly paired?: boolean;
  /** Of the baseline, milliseconds since the Unix epoch; the candidate begins `gapSlots` after its end. */
  readonly startMs?: number;
  /** @default as many as an arm has */
  readonly gapSlots?: number;
}

export interface Arm extends Clocked {
  readonly requests: readonly Visit[];
}

export interface Release {
  readonly baseline: Arm;
  readonly candidate: Arm;
  readonly changed: readonly ChangedBuild[];
  readonly truth: Truth;
}

const START_MS = 1_750_000_020_000;

/** @throws {RangeError} when a fault or the list of changed services names what the system has not. */
export function drawRelease(plan: ReleasePlan): Release {
  const { seed, system, changed, faults, slots = 12, slotMs = 60_000, startMs = START_MS, noise = {} } = plan;
  checkNames(plan);
  const random = createRandom(seed);
  const { rollout = { kind: 'all' }, paired = false } = plan;
  const fleets = drawFleets({ system, changed, faults, slots, noise, rollout, paired }, random);
  const armOf = (fleet: World['fleet'], armStartMs: number, roots: System['roots']): Arm => {
    const world = { fleet, random, startMs: armStartMs, slotMs, slots, dailyRise: noise.dailyRise ?? 0 };
    return { startMs: armStartMs, slotMs, slots, requests: drawRequests(world, roots, plan.requests) };
  };
  const mixed = system.roots.map((root) => ({
    ...root,
    weight: root.weight * mixFactor(root.operation.endpoint, faults),
  }));
  return {
    baseline: armOf(fleets.baseline, startMs, system.roots),
    candidate: armOf(fleets.candidate, startMs + (slots + (plan.gapSlots ?? slots)) * slotMs, mixed),
    changed: changed.map((service) => ({ service, from: `${service}-v1`, to: `${service}-v2` })),
    truth: truthOf(faults, changed),
  };
}

/** What a store would have sealed of an arm. */
export function armData(arm: Arm): ArmData {
  const { startMs, slotMs, slots, requests } = arm;
  return {
    range: { startMs, endMs: startMs + slots * slotMs },
    slotMs,
    cells: cellsOf(requests, arm),
    selfTimes: selfTimesOf(requests, arm),
  };
}

function checkNames({ system, changed, faults }: ReleasePlan): void {
  const services = new Set(system.services.map(({ name }) => name));
  const endpoints = new Set(system.roots.map(({ operation }) => operation.endpoint));
  const named = [
    ...changed,
    ...faults.flatMap((fault) => [
      ...('service' in fault ? [fault.service] : []),
      ...('callee' in fault ? [fault.callee] : []),
    ]),
  ];
  const unknown = [
    ...named.filter((name) => !services.has(name)),
    ...faults.flatMap((fault) => (fault.kind === 'mix' && !endpoints.has(fault.endpoint) ? [fault.endpoint] : [])),
  ];
  if (unknown.length > 0) throw new RangeError(`the system has no ${unknown.join(', ')}`);
}
