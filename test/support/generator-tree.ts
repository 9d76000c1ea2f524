/** Releases of a small tree of services with one known fault, in short form: the cells and self times that a store would seal. */

import type { ArmData } from '../../analysis/input/settings.ts';
import { START_MS } from './generator.ts';
import type { Fault as WorkloadFault } from './workload/faults.ts';
import { armData, drawRelease } from './workload/release.ts';
import { refusalsFor } from './workload/retries.ts';
import type { Operation, System } from './workload/system.ts';

export interface ServiceTruth {
  readonly name: string;
  /** Median of its own time for one call, ms. */
  readonly selfMs: number;
  readonly calls?: readonly string[];
  /** Sends no telemetry of its own: its time stands on the edge. */
  readonly external?: boolean;
}

/** What is wrong in the candidate. */
export type Fault =
  | { readonly kind: 'none' }
  /** Own time of a service times 1 + size. */
  | { readonly kind: 'self'; readonly service: string; readonly size: number }
  /** Own time of a service times 1 + size in 5 % of its calls. */
  | { readonly kind: 'tail'; readonly service: string; readonly size: number }
  /** A caller repeats calls to a callee too fast: this share of its calls is refused up to three times, each time with a wait. */
  | {
      readonly kind: 'backoff';
      readonly service: string;
      readonly callee: string;
      readonly share: number;
      readonly waitMs: number;
    }
  | Extract<WorkloadFault, { readonly kind: 'network' | 'environment' | 'errors' }>;

export interface TreeTruth {
  readonly seed: number;
  /** The first one is the root. */
  readonly services: readonly ServiceTruth[];
  readonly fault: Fault;
  readonly requests?: number;
  readonly slots?: number;
  readonly instances?: number;
  readonly slotMs?: number;
  readonly instanceSd?: number;
}

/** Gateway -> checkout -> (pricing, inventory, payments); payments belongs to somebody else. */
export const SHOP: readonly ServiceTruth[] = [
  { name: 'gateway', selfMs: 4, calls: ['checkout', 'catalog'] },
  { name: 'catalog', selfMs: 8 },
  { name: 'checkout', selfMs: 10, calls: ['pricing', 'inventory', 'payments'] },
  { name: 'pricing', selfMs: 6 },
  { name: 'inventory', selfMs: 7 },
  { name: 'payments', selfMs: 25, external: true },
];

const HOUR_MS = 3_600_000;

/** Every service has a new build in the candidate, an hour after the baseline, on the instances that it had. */
export function generateTree(truth: TreeTruth): { baseline: ArmData; candidate: ArmData } {
  const {
    seed,
    services,
    fault,
    requests = 2_000,
    slots = 12,
    slotMs = 5_000,
    instances = 3,
    instanceSd = 0.02,
  } = truth;
  const release = drawRelease({
    ...{ seed, requests, slots, slotMs, paired: true, startMs: START_MS, gapSlots: HOUR_MS / slotMs - slots },
    system: systemOf(services, instances),
    changed: services.map(({ name }) => name),
    faults: faultsOf(fault),
    noise: { instanceSd },
  });
  return { baseline: armData(release.baseline), candidate: armData(release.candidate) };
}

function systemOf(services: readonly ServiceTruth[], instances: number): System {
  const operationOf = (name: string): Operation => {
    const service = services.find((each) => each.name === name);
    if (service === undefined) throw new RangeError(`no service ${name}`);
    const calls = (service.calls ?? []).map((callee) => ({ to: operationOf(callee), times: 1 }));
    return { service: name, endpoint: `POST /${name}`, selfMs: service.selfMs, calls };
  };
  return {
    services: services.map(({ name, external = false }) => ({ name, external, instances })),
    roots: services.slice(0, 1).map(({ name }) => ({ operation: operationOf(name), weight: 1 })),
  };
}

function faultsOf(fault: Fault): WorkloadFault[] {
  if (fault.kind === 'none') return [];
  if (fault.kind === 'self') return [{ kind: 'latency', service: fault.service, effect: { slower: fault.size } }];
  if (fault.kind === 'tail') {
    const stragglers = { share: 0.05, factor: 1 + fault.size };
    return [{ kind: 'latency', service: fault.service, effect: { stragglers } }];
  }
  if (fault.kind !== 'backoff') return [fault];
  const { service, callee, share, waitMs } = fault;
  // As many refusals as if `share` of the calls met two each.
  const strategy = { shape: 'fixed', baseMs: waitMs, maxAttempts: 8 } as const;
  return [{ kind: 'retries', service, callee, refusals: refusalsFor(1 + 2 * share), strategy }];
}
