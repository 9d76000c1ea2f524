/** How far beyond the tolerance a stream is at least. */

import { lowerBound } from './e-value.ts';
import type { Measured } from './observe.ts';
import type { Watched } from './state.ts';

/** The interval holds at all looks together with 95 %. */
const LEVEL = Math.log(20);

/**
 * Lower end of the interval of "how bad" over "how bad it may be": above 1 the whole interval is beyond the tolerance. Latency:
 * the candidate's calls over the tolerated threshold against the baseline's over its own quantile. Errors and retries: the rate
 * that the candidate has at least, over the highest that is tolerated. Null with too few events.
 */
export function overTolerance(
  { threshold, signal, tolerance, floor, spread }: Watched,
  measured: Measured,
): number | null {
  const low = lowerBound(threshold === null ? measured.totals : measured.beyond, spread.upper, LEVEL);
  if (low === null) return null;
  if (threshold !== null) return Math.exp(low);
  const { events, exposure } = measured.totals.baseline;
  const rate = (events + 0.5) / exposure;
  const tolerated = rate + (signal === 'retries' ? tolerance * (1 + rate) : Math.max(tolerance * rate, floor));
  return (Math.exp(low) * rate) / tolerated;
}
