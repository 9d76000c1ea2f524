/** Time as every room counts it. */

/** Half-open range of wall-clock time, [startMs, endMs), milliseconds since the Unix epoch. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** The clock as an argument: milliseconds since the Unix epoch. */
export type Clock = () => number;
