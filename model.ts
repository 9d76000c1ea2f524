/**
 * The vocabulary of Hinge, as types alone: no code.
 *
 * Units: `Ms` is milliseconds since the Unix epoch (or a length in milliseconds where the name says so),
 * `Ns` is a length in nanoseconds. A time range is half-open: [startMs, endMs).
 */

export type * from './model/cells.ts';
export type * from './model/flags.ts';
export type * from './model/metrics.ts';
export type * from './model/report.ts';
export type * from './model/seams.ts';
export type * from './model/telemetry.ts';
export type * from './model/time.ts';
export type * from './model/upgrades.ts';
