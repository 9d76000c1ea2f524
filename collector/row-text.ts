/** Writes the values of one row as JSON for ClickHouse's JSONEachRow, cuts what is too long, and counts the cuts. */

import type { Attribute } from './records.ts';
import { valueText } from './values.ts';

export interface RowTextLimits {
  readonly maxAttributes: number;
  readonly maxValueBytes: number;
}

/** 2106-02-07: ClickHouse's DateTime, which tables are ordered and partitioned by, ends here. */
export const MAX_TIME_NS = 2n ** 32n * 1_000_000_000n - 1n;

const DAY_NS = 86_400_000_000_000n;
const DAY_MS = 86_400_000;
const SECOND_NS = 1_000_000_000n;

export class RowText {
  /** Texts, values and attributes that were cut so far. */
  truncated = 0;
  private readonly limits: RowTextLimits;

  constructor(limits: RowTextLimits) {
    this.limits = limits;
  }

  /** A JSON string. Lone surrogates become U+FFFD: ClickHouse refuses a block that holds one. */
  string(text: string): string {
    return JSON.stringify(this.cut(text.toWellFormed()));
  }

  /** A JSON object of strings, in the order in which the attributes came. */
  attributes(attributes: readonly Attribute[]): string {
    const kept = attributes.slice(0, this.limits.maxAttributes);
    this.truncated += attributes.length - kept.length;
    return `{${kept.map(({ key, value }) => `${this.string(key)}:${this.string(valueText(value))}`).join(',')}}`;
  }

  private cut(text: string): string {
    const { maxValueBytes } = this.limits;
    // A UTF-16 unit takes at most three bytes of UTF-8: short texts need no counting.
    if (text.length * 3 <= maxValueBytes || Buffer.byteLength(text) <= maxValueBytes) return text;
    this.truncated++;
    return Buffer.from(text)
      .subarray(0, maxValueBytes)
      .toString('utf8')
      .replace(/\uFFFD$/, '');
  }
}

/** A DateTime64(9) that is exact to the nanosecond. Ten digits of seconds: fewer could be read as a year. */
export function timeText(timeNs: bigint): string {
  const clamped = timeNs > MAX_TIME_NS ? MAX_TIME_NS : timeNs;
  const seconds = String(clamped / SECOND_NS).padStart(10, '0');
  return `"${seconds}.${String(clamped % SECOND_NS).padStart(9, '0')}"`;
}

/** A Float64; NaN and the infinities are strings, which ClickHouse takes. */
export function doubleText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '"nan"' : value > 0 ? '"inf"' : '"-inf"';
}

export const list = (values: readonly string[]): string => `[${values.join(',')}]`;

/** The UTC day of a time, `YYYY-MM-DD`. */
export function dayOf(timeNs: bigint): string {
  return new Date(Number(timeNs / DAY_NS) * DAY_MS).toISOString().slice(0, 10);
}
