/** Times of OTLP, unsigned nanoseconds, as ClickHouse keeps them. */

import type { Fixed64Column } from '../columns/numbers.ts';
import type { Fixed64 } from './wire.ts';

/** The year 2106, where ClickHouse's DateTime ends, in nanoseconds: 10^9 times 2^32. */
const END_HIGH = 1_000_000_000;

export const isAfterEnd = ({ high }: Fixed64): boolean => high >= END_HIGH;

/** What is after the end becomes the last instant before it. */
export function appendTime(column: Fixed64Column, time: Fixed64): void {
  if (isAfterEnd(time)) column.appendHalves(0xffffffff, END_HIGH - 1);
  else column.appendHalves(time.low, time.high);
}
