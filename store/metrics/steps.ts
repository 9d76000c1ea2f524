/**
 * What each point of a metric added, as SQL over the views points_*: cumulative points less the one before, points that begin
 * anew as they are. Sources: metrics data model, "Temporality", "Resets and Gaps"; opentelemetry/proto/metrics/v1.
 */
import { FACTS } from '../facts.ts';

/** What makes a series for those who read it: scope and other resource attributes are folded together. */
export const SERIES = ['service', 'build', 'instance', 'name', 'unit', 'attributes'] as const;

/** Points of one view as a relation; `values` are columns of the view or expressions over them. */
const pointsOf = (
  view: string,
  values: string,
  where: string,
) => `SELECT ServiceName AS service, ${FACTS.HingeBuild.sql} AS build,
  ${FACTS.HingeInstance.sql} AS instance, MetricName AS name, MetricUnit AS unit, mapSort(Attributes) AS attributes,
  cityHash64(service, name, unit, ScopeName, ScopeVersion, mapSort(ResourceAttributes), mapSort(ScopeAttributes), attributes) AS series,
  toUnixTimestamp64Nano(StartTimeUnix) AS start, toUnixTimestamp64Nano(TimeUnix) AS time, ${values}
FROM ${view} WHERE bitAnd(Flags, 1) = 0 AND (${where})`;

/** The slot that a point reports on: one on the edge between two speaks of the time before it. */
const SLOT = 'toUInt32(intDiv(time - 1, {width:Int64} * 1000000000) * {width:UInt32})';

/** The slots that were asked for; points from a little earlier are read only to be subtracted. */
const WITHIN =
  'arrayExists((first, end) -> slot >= first AND slot < end, {firsts:Array(UInt32)}, {ends:Array(UInt32)})';

export interface Kind {
  readonly view: string;
  /** Columns that a point brings. */
  readonly values: string;
  /** True when a point may be subtracted from its follower of the same start: nothing that only grows has fallen. */
  readonly grown: string;
  /** Names of the columns that `grown` and `added` look up in the point before, as `before_<name>`. */
  readonly looksBack: readonly string[];
  /** Whether points may be deltas. */
  readonly cumulative: string;
  readonly where?: string;
}

/**
 * Points with `slot`, `seconds` (how long they cover) and `continues` (whether the point before is to be subtracted). Left out
 * is what cannot be placed: a first point whose start lies further back than {gap} seconds, and what follows such a gap.
 */
export function stepsOf({ view, values, grown, looksBack, cumulative, where = '1' }: Kind): string {
  const before = ['time', 'start', ...looksBack].map((name) => `lagInFrame(${name}) OVER earlier AS before_${name}`);
  return `SELECT *, ${SLOT} AS slot, (time - since) / 1000000000 AS seconds FROM (
  SELECT *, ${cumulative} AND before_time > 0 AND before_start = start AS follows, follows AND ${grown} AS continues,
    multiIf(follows, before_time, ${cumulative}, if(start = 0, time, greatest(start, before_time)),
      start > 0 AND start < time, start, before_time) AS since
  FROM (SELECT *, ${before.join(', ')} FROM (${pointsOf(view, values, `${where} AND ${READ}`)})
    WINDOW earlier AS (PARTITION BY series ORDER BY time, start ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))
) WHERE since > 0 AND since < time AND seconds <= {gap:UInt32} AND ${WITHIN}`;
}

const edge = (seconds: string) => `fromUnixTimestamp64Nano(toInt64(${seconds}) * 1000000000)`;

/** Times to read, and for the engine's index their hull. */
const READ = `TimeUnix > ${edge('{from:UInt32}')} AND TimeUnix <= ${edge('{until:UInt32}')}
  AND arrayExists((first, end) -> TimeUnix > ${edge('first - {gap:UInt32}')} AND TimeUnix <= ${edge('end')},
    {firsts:Array(UInt32)}, {ends:Array(UInt32)})`;

/** Readings that are not taken apart: gauges, and sums that also fall. */
export function readingsOf(view: string, where = '1'): string {
  return `SELECT *, ${SLOT} AS slot FROM (${pointsOf(view, 'Value AS value', `${where} AND ${READ}`)})
WHERE isFinite(value) AND ${WITHIN}`;
}
