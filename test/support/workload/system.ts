/** The shape of a system: services with instances, and for each root endpoint the tree of calls that it makes. */

import type { Random } from '../../../analysis/statistics/random.ts';
import { NO_RETRY, type RetryStrategy } from './retries.ts';

export interface Service {
  readonly name: string;
  readonly instances: number;
  /** Sends no telemetry of its own: its time stands on the edge to it. */
  readonly external?: boolean;
  /** Share of its calls that it fails. @default 0 */
  readonly failures?: number;
  /** Share of the attempts to call it that are refused on the way. @default 0 */
  readonly refusals?: number;
  /** What it does when a call that it makes fails. @default NO_RETRY */
  readonly retry?: RetryStrategy;
}

/** One node of a call tree. */
export interface Operation {
  readonly service: string;
  readonly endpoint: string;
  /** Median of its own time for one call, milliseconds. */
  readonly selfMs: number;
  readonly calls: readonly Outgoing[];
}

/** Calls in sequence. */
export interface Outgoing {
  readonly to: Operation;
  /** Mean number of calls for each call of the caller; the fraction by chance. */
  readonly times: number;
}

export interface Root {
  readonly operation: Operation;
  /** Part of the requests, in proportion to the other roots. */
  readonly weight: number;
}

export interface System {
  readonly services: readonly Service[];
  readonly roots: readonly Root[];
}

export interface SystemSize {
  readonly services: number;
  readonly instances: number;
  readonly roots: number;
  /** Services that one root endpoint passes, the gateway included. */
  readonly depthOfCalls: number;
  /**
   * The routes share the endpoints of the services behind the gateway, though each makes its own use of them: then a shift of
   * the mix moves the latency of an endpoint without anybody's fault. @default false
   */
  readonly sharedEndpoints?: boolean;
}

/**
 * A system of a size: every root enters at the gateway and passes a random tree of services, each once, with fan-outs from
 * 0.8 to 2 and own times from 2 to 20 ms. A service retries twice with full jitter.
 */
export function drawSystem(size: SystemSize, random: Random): System {
  const { services, instances, roots } = size;
  const retry: RetryStrategy = { shape: 'full-jitter', baseMs: 20, maxAttempts: 3 };
  const names = ['gateway', ...Array.from({ length: services - 1 }, (_, index) => `service${index + 1}`)];
  return {
    services: names.map((name) => ({ name, instances, retry })),
    roots: Array.from({ length: roots }, (_, index) => ({
      operation: drawTree(names, `route${index}`, size, random),
      weight: 0.5 + random(),
    })),
  };
}

interface Growing {
  readonly service: string;
  readonly endpoint: string;
  readonly selfMs: number;
  readonly calls: { readonly to: Growing; readonly times: number }[];
}

/** Each service that joins the tree is called by one that is in it already. */
function drawTree(
  names: readonly string[],
  route: string,
  { depthOfCalls, sharedEndpoints = false }: SystemSize,
  random: Random,
): Operation {
  const [gateway = '', ...others] = names;
  const grown: Growing[] = [nodeOf(gateway, route, random)];
  const left = [...others];
  while (grown.length < depthOfCalls && left.length > 0) {
    const [service = ''] = left.splice(Math.floor(random() * left.length), 1);
    const caller = grown[Math.floor(random() * grown.length)];
    const node = nodeOf(service, sharedEndpoints ? 'work' : route, random);
    caller?.calls.push({ to: node, times: FAN_OUTS[Math.floor(random() * FAN_OUTS.length)] ?? 1 });
    grown.push(node);
  }
  return grown[0] ?? nodeOf(gateway, route, random);
}

const FAN_OUTS = [1, 1, 1, 0.8, 2];

const nodeOf = (service: string, route: string, random: Random): Growing => ({
  service,
  endpoint: `POST /${service}/${route}`,
  selfMs: 2 * 10 ** random(),
  calls: [],
});

/** Every operation of a tree, callers first. */
export function operationsOf(operation: Operation): Operation[] {
  return [operation, ...operation.calls.flatMap(({ to }) => operationsOf(to))];
}

export const retryOf = ({ retry = NO_RETRY }: Service): RetryStrategy => retry;

/** Gateway -> checkout -> (pricing, inventory, payments), and gateway -> catalog; payments belongs to somebody else. */
export function shop(instances = 3): System {
  const leaf = (service: string, selfMs: number): Outgoing => ({
    to: { service, endpoint: `POST /${service}`, selfMs, calls: [] },
    times: 1,
  });
  const checkout: Operation = {
    ...{ service: 'checkout', endpoint: 'POST /checkout', selfMs: 10 },
    calls: [leaf('pricing', 6), leaf('inventory', 7), leaf('payments', 25)],
  };
  const gateway: Operation = {
    ...{ service: 'gateway', endpoint: 'POST /gateway', selfMs: 4 },
    calls: [{ to: checkout, times: 1 }, leaf('catalog', 8)],
  };
  const names = ['gateway', 'catalog', 'checkout', 'pricing', 'inventory'];
  return {
    services: [...names.map((name) => ({ name, instances })), { name: 'payments', instances: 1, external: true }],
    roots: [{ operation: gateway, weight: 1 }],
  };
}

/** Part of a service in the mean time of its requests' own work, 0 to 1: median times, fan-outs multiplied along the tree. */
export function shareOfTime(root: Operation, service: string): number {
  const timeOf = (operation: Operation, counts: (name: string) => boolean): number =>
    (counts(operation.service) ? operation.selfMs : 0) +
    operation.calls.reduce((sum, { to, times }) => sum + times * timeOf(to, counts), 0);
  return timeOf(root, (name) => name === service) / timeOf(root, () => true);
}
