/** What a shift of traffic between the endpoints of a service could explain at most. */

import { sum } from 'simple-statistics';
import type { Cell } from '../../model.ts';

/** An endpoint with under this part of the calls in both arms is left out: its share is hardly known. */
const LEAST_SHARE = 0.01;

/**
 * The least and the largest ratio, after / before, that any sum over calls can take while each endpoint does per call what
 * it did: sum p' f / sum p f lies between the extremes of p'/p, whatever f >= 0. [1, 1] for a service of one endpoint.
 */
export function mixRange(before: readonly Cell[], after: readonly Cell[]): readonly [number, number] {
  const [old, fresh] = [sharesOf(before), sharesOf(after)];
  const endpoints = [...new Set([...old.keys(), ...fresh.keys()])].map((endpoint) => ({
    before: old.get(endpoint) ?? 0,
    after: fresh.get(endpoint) ?? 0,
  }));
  const known = endpoints.filter((share) => Math.max(share.before, share.after) >= LEAST_SHARE);
  const ratios = known.map((share) => share.after / share.before);
  return [Math.min(1, ...ratios), Math.max(1, ...ratios)];
}

function sharesOf(cells: readonly Cell[]): Map<string, number> {
  const served = cells.filter(({ kind }) => kind === 'SERVER' || kind === 'CONSUMER');
  const all = sum(served.map(({ calls }) => calls));
  return new Map(
    [...Map.groupBy(served, ({ endpoint }) => endpoint)].map(([endpoint, own]) => [
      endpoint,
      sum(own.map(({ calls }) => calls)) / all,
    ]),
  );
}
