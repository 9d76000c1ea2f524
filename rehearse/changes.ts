/** What may have changed with a release, in the sizes that are rehearsed, and which findings tell of it. */

import type { Finding, Signal } from '../model.ts';
import type { EndpointPlan } from './cells.ts';

/** Sizes: of latency relative, 0.2 is 20 %; of errors in shares of calls; of retries in attempts a call. */
export type Change =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'tail' | 'all' | 'errors' | 'retries'; readonly size: number };

export type FaultKind = Exclude<Change['kind'], 'nothing'>;

/** Share of calls that fail, and attempts beyond the first a call, of an endpoint that is well. */
export const USUAL = { errors: 0.005, retries: 0.01 } as const;

/** From small to large. */
const SIZES: Readonly<Record<FaultKind, readonly number[]>> = {
  tail: [0.1, 0.2, 0.5],
  all: [0.1, 0.2, 0.5],
  errors: [0.002, 0.005, 0.01],
  retries: [0.02, 0.03, 0.05],
};

export const FAULT_KINDS: readonly FaultKind[] = ['tail', 'all', 'errors', 'retries'];

export const CHANGES: readonly Change[] = [
  { kind: 'nothing' },
  ...FAULT_KINDS.flatMap((kind) => SIZES[kind].map((size) => ({ kind, size }))),
];

const alike = (share: number) => ({ before: share, after: share });

/** The endpoint with what the new build makes of it; retries are of a client's calls. */
export function changed(endpoint: EndpointPlan, change: Change): EndpointPlan {
  const usual = { ...endpoint, errors: alike(USUAL.errors) };
  switch (change.kind) {
    case 'nothing':
      return usual;
    case 'tail':
      return { ...usual, effect: { tail: change.size } };
    case 'all':
      return { ...usual, effect: { slower: change.size } };
    case 'errors':
      return { ...usual, errors: { before: USUAL.errors, after: USUAL.errors + change.size } };
    case 'retries':
      return {
        ...{ ...usual, kind: 'CLIENT', peer: 'dependency' },
        retries: { before: USUAL.retries, after: USUAL.retries + change.size },
      };
  }
}

/** Whether a finding is about this kind of change. */
export function tellsOf(kind: FaultKind, { signal }: Pick<Finding, 'signal'>): boolean {
  return SIGNALS[kind].includes(signal);
}

const LATENCY: readonly Signal[] = ['latency.p50', 'latency.p95', 'latency.p99', 'latency.p99.9'];

const SIGNALS: Readonly<Record<FaultKind, readonly Signal[]>> = {
  tail: LATENCY,
  all: LATENCY,
  errors: ['errors'],
  retries: ['retries'],
};
