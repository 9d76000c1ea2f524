/** The instances of a system in one arm: their builds, how fast each of them is, and which faults strike them. */

import type { Random } from '../../../analysis/statistics/random.ts';
import { normalDraw } from '../../../rehearse/draw.ts';
import type { Noise } from '../../../rehearse/noise.ts';
import { driftLogs, type Rollout, upgradeSlot } from '../../../rehearse/time.ts';
import { type Fault, faultsOf, type ServiceFaults } from './faults.ts';
import type { Service, System } from './system.ts';

export interface FleetPlan {
  readonly system: System;
  /** Services whose build the upgrade changes. */
  readonly changed: readonly string[];
  readonly faults: readonly Fault[];
  readonly slots: number;
  readonly noise: Noise;
  readonly rollout: Rollout;
  /** An upgraded instance keeps its name and its speed; otherwise a new one takes its place. */
  readonly paired: boolean;
}

/** One instance with one build. */
export interface Process {
  readonly instance: string;
  readonly build: string;
  /** Log of the factor on its own time, by slot. */
  readonly logs: readonly number[];
  readonly faults: ServiceFaults;
}

export interface Place {
  readonly before: Process;
  readonly after: Process;
  /** From this slot on `after` serves. */
  readonly upgradeSlot: number;
}

export type Fleet = ReadonlyMap<string, { readonly service: Service; readonly places: readonly Place[] }>;

/** Fleets of both arms: who is not upgraded is the same process in both. */
export function drawFleets(plan: FleetPlan, random: Random): { baseline: Fleet; candidate: Fleet } {
  const { instanceSd = 0.05 } = plan.noise;
  const drawn = plan.system.services.map((service) => ({
    service,
    levels: Array.from({ length: service.instances }, () => {
      const before = normalDraw(random) * instanceSd;
      return { before, after: plan.paired ? before : normalDraw(random) * instanceSd };
    }),
  }));
  const fleetOf = (arm: 'baseline' | 'candidate'): Fleet =>
    new Map(
      drawn.map(({ service, levels }) => [
        service.name,
        { service, places: levels.map((level, index) => placeOf(arm, plan, service, level, index, random)) },
      ]),
    );
  return { baseline: fleetOf('baseline'), candidate: fleetOf('candidate') };
}

function placeOf(
  arm: 'baseline' | 'candidate',
  { changed, faults, slots, noise, rollout, paired }: FleetPlan,
  { name, instances }: Service,
  level: { readonly before: number; readonly after: number },
  index: number,
  random: Random,
): Place {
  const drift = driftLogs(noise.drift ?? { sd: 0, correlation: 0 }, slots + 1, random);
  const upgraded = arm === 'candidate' && changed.includes(name);
  // A fault of a changed service comes with its new build; all others are in the candidate's time.
  const inTime = arm === 'candidate' ? faults.filter((fault) => !upgraded || !('service' in fault)) : [];
  const processOf = (build: 'v1' | 'v2', log: number, own: readonly Fault[]): Process => ({
    instance: paired || build === 'v1' ? `${name}-${index}` : `${name}-${index}-next`,
    build: `${name}-${build}`,
    logs: drift.map((noise) => noise + log),
    faults: faultsOf(name, own),
  });
  return {
    before: processOf('v1', level.before, inTime),
    after: processOf('v2', level.after, faults),
    upgradeSlot: upgraded ? upgradeSlot(rollout, index, instances) : Number.POSITIVE_INFINITY,
  };
}
