/** How instances and minutes differ though nothing is wrong. */

import type { Drift } from './time.ts';

export interface Noise {
  /** Standard deviation between instances on the log of latency. @default 0.05 */
  readonly instanceSd?: number;
  /** @default none */
  readonly drift?: Drift;
  /** Latency at 15:00 UTC over that at 03:00, less 1. @default 0 */
  readonly dailyRise?: number;
}
