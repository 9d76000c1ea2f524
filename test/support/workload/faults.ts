/** What can be wrong in a candidate, of chosen kind and size; and whom a good analysis would blame for it. */

import type { Conclusion } from '../../../model.ts';
import type { LatencyEffect } from '../../../rehearse/latency.ts';
import type { RetryStrategy } from './retries.ts';

export type Fault =
  /** Own time of a service: slower as a whole, in its tail, or in a share of its calls. */
  | { readonly kind: 'latency'; readonly service: string; readonly effect: LatencyEffect }
  /** A service fails this share of its calls. */
  | { readonly kind: 'errors'; readonly service: string; readonly share: number }
  /** Every call into or out of a service takes longer by this many milliseconds. */
  | { readonly kind: 'network'; readonly service: string; readonly delayMs: number }
  /** A caller repeats its calls to a callee in another way, and this share of its attempts is refused. */
  | {
      readonly kind: 'retries';
      readonly service: string;
      readonly callee: string;
      readonly refusals: number;
      readonly strategy: RetryStrategy;
    }
  /** A caller makes so many times as many calls to a callee: 0, they vanish; 2, twice as many. */
  | { readonly kind: 'calls'; readonly service: string; readonly callee: string; readonly factor: number }
  /** Own time of every service, times 1 + size: the environment's doing. */
  | { readonly kind: 'environment'; readonly size: number }
  /** So many times as many requests ask for one root endpoint: nobody's fault. */
  | { readonly kind: 'mix'; readonly endpoint: string; readonly factor: number };

export interface Truth {
  /** Services at fault, in order of name. */
  readonly guilty: readonly string[];
  /** Those of them that the upgrade changed. */
  readonly guiltyChanged: readonly string[];
  /** What a perfect analysis concludes of each fault, given that it finds it. */
  readonly conclusions: readonly Conclusion[];
}

export function truthOf(faults: readonly Fault[], changed: readonly string[]): Truth {
  const guilty = [...new Set(faults.flatMap((fault) => ('service' in fault ? [fault.service] : [])))].sort();
  return {
    guilty,
    guiltyChanged: guilty.filter((service) => changed.includes(service)),
    conclusions: faults.map((fault) => conclusionOf(fault, changed)),
  };
}

function conclusionOf(fault: Fault, changed: readonly string[]): Conclusion {
  if (fault.kind === 'environment') return 'ENVIRONMENT';
  if (fault.kind === 'mix') return 'TRAFFIC_MIX';
  if (!changed.includes(fault.service)) return 'EXTERNAL';
  return fault.kind === 'calls' ? 'CALL_PATTERN' : 'BINARY';
}

/** How a service behaves under the faults that strike it. */
export interface ServiceFaults {
  readonly effects: readonly LatencyEffect[];
  /** Share of calls that fail on top of what fails anyway. */
  readonly failures: number;
  /** Milliseconds on each call into or out of it. */
  readonly delayMs: number;
  readonly retries: ReadonlyMap<string, { readonly refusals: number; readonly strategy: RetryStrategy }>;
  readonly callFactors: ReadonlyMap<string, number>;
}

export function faultsOf(service: string, faults: readonly Fault[]): ServiceFaults {
  const own = faults.filter((fault) => !('service' in fault) || fault.service === service);
  const of = <K extends Fault['kind']>(kind: K) =>
    own.filter((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind);
  return {
    effects: [...of('latency').map(({ effect }) => effect), ...of('environment').map(({ size }) => ({ slower: size }))],
    failures: 1 - of('errors').reduce((fine, { share }) => fine * (1 - share), 1),
    delayMs: of('network').reduce((sum, { delayMs }) => sum + delayMs, 0),
    retries: new Map(of('retries').map(({ callee, refusals, strategy }) => [callee, { refusals, strategy }])),
    callFactors: new Map(of('calls').map(({ callee, factor }) => [callee, factor])),
  };
}

/** Factor on the weight of a root endpoint. */
export function mixFactor(endpoint: string, faults: readonly Fault[]): number {
  return faults.reduce(
    (factor, fault) => (fault.kind === 'mix' && fault.endpoint === endpoint ? factor * fault.factor : factor),
    1,
  );
}
