/** How much is sent in a measurement, and over how many connections. */

import type { Traffic } from '../support/traffic.ts';

export interface Plan {
  readonly traffic: Traffic;
  /** Spans or data points that are measured; whole bodies are sent, so a few more may be. */
  readonly items: number;
  /** Spans or data points sent before, and not measured. */
  readonly warmUp: number;
  /** Requests under way at once: one for each instance of the shop, unless said otherwise. */
  readonly lanes: number;
  /** Merges wait until the load is over. */
  readonly holdsMerges: boolean;
}
