/** How many calls of a service were good, and who runs which variant: what single calls answer. */

import type { EventCounts, Slo, TimeRange } from '../model.ts';
import { CALLS_SETTINGS, calls } from './calls.ts';
import type { Database } from './connect.ts';
import { FLAG, FLAG_VARIANT } from './facts.ts';
import { storedSpans } from './source.ts';
import { type Facts, factOf } from './spans.ts';
import { type Derivation, IN_RANGE, spansOf } from './window.ts';

const OF_SERVICE = 'service = {service:String}';
const SERVED = `kind IN ('SERVER', 'CONSUMER')`;

/** The spans of a service that tell the variant of a flag. */
const REPORTED = `Timestamp >= fromUnixTimestamp64Milli({startMs:Int64}) AND Timestamp < fromUnixTimestamp64Milli({endMs:Int64})
  AND ServiceName = {service:String} AND ${FLAG} = {flagKey:String}`;

/**
 * Which calls an indicator is about, and which of them are good. Latency is judged on calls that did not fail. Only retries
 * need to know the calls around a call; the burn rate is read every few seconds, so the others leave that out.
 */
interface Indicator {
  readonly from: string;
  readonly about: string;
  readonly good: string;
}

function indicatorOf(slo: Slo, facts: Facts): Indicator {
  const served = storedSpans(facts).distinct(`${SERVED} AND ${OF_SERVICE}`);
  switch (slo.indicator) {
    case 'errors':
      return { from: served, about: '1', good: 'failed = 0' };
    case 'latency':
      return { from: served, about: 'failed = 0', good: 'duration_ns <= {thresholdMs:Float64} * 1e6' };
    case 'retries':
      return {
        from: calls(storedSpans(facts), OF_SERVICE),
        about: `kind IN ('CLIENT', 'PRODUCER')`,
        good: 'retry = 0',
      };
  }
}

/** Everything of the statement but what it selects first, and how it groups. */
function eventsOf(derivation: Derivation, slo: Slo, range: TimeRange) {
  const { from, about, good } = indicatorOf(slo, derivation.facts);
  const named =
    slo.indicator === 'retries'
      ? '(endpoint = {endpoint:String} OR peer = {endpoint:String})'
      : 'endpoint = {endpoint:String}';
  return {
    counts: `countIf(${good}) AS good, count() AS total FROM (${from})
WHERE ${IN_RANGE} AND ${about} AND ({endpoint:String} = '' OR ${named})`,
    parameters: {
      ...spansOf(range, derivation),
      service: slo.service,
      endpoint: slo.endpoint ?? '',
      thresholdMs: slo.thresholdMs ?? 0,
    },
    settings: CALLS_SETTINGS,
    doing: `count the events of ${slo.name}`,
  };
}

/** Counts of each range, which may overlap: the spans of all of them are read once. */
export async function countEvents(
  database: Database,
  derivation: Derivation,
  slo: Slo,
  ranges: readonly TimeRange[],
): Promise<EventCounts[]> {
  const [starts, ends] = [ranges.map(({ startMs }) => startMs), ranges.map(({ endMs }) => endMs)];
  const whole = { startMs: Math.min(...starts), endMs: Math.max(...ends) };
  const { counts, parameters, ...statement } = eventsOf(derivation, slo, whole);
  const rows = await database.rows<EventCounts & { range: number }>({
    sql: `SELECT arrayJoin(arrayFilter(
  (_, startMs, endMs) -> start_ns >= startMs * 1000000 AND start_ns < endMs * 1000000,
  arrayEnumerate({starts:Array(Int64)}), {starts:Array(Int64)}, {ends:Array(Int64)}
)) AS range, ${counts} GROUP BY range`,
    parameters: { ...parameters, starts, ends },
    ...statement,
  });
  const found = new Map(rows.map(({ range, good, total }) => [range, { good, total }]));
  return ranges.map((_, index) => found.get(index + 1) ?? { good: 0, total: 0 });
}

/** Counts of one instance of one build. */
export interface EventsOfInstance extends EventCounts {
  readonly build: string;
  readonly instance: string;
  /** Of the flag, as the instance reported it in the range; `mixed` for several, empty for none. */
  readonly variant: string;
}

/** The same counts by build and instance, in order, beside the variant of a flag that each reported. */
export function countEventsByInstance(
  database: Database,
  derivation: Derivation,
  slo: Slo,
  flagKey: string,
  range: TimeRange,
): Promise<EventsOfInstance[]> {
  const { counts, parameters, ...statement } = eventsOf(derivation, slo, range);
  return database.rows({
    sql: `SELECT build, instance, variant, good, total
FROM (SELECT build, instance, ${counts} GROUP BY build, instance) AS events
LEFT JOIN (
  SELECT instance, if(uniqExact(each) > 1, 'mixed', min(each)) AS variant
  FROM (
    SELECT ${factOf(derivation.facts, 'HingeInstance')} AS instance, ${FLAG_VARIANT} AS each FROM otel_traces
    WHERE ${REPORTED}
  )
  GROUP BY instance
) AS reported USING (instance)
ORDER BY build, instance`,
    parameters: { ...parameters, flagKey },
    ...statement,
  });
}

/** Counts of one second, by the start of the calls. */
export interface SecondOfEvents extends EventCounts {
  readonly atMs: number;
}

/** The same counts second by second, in order; seconds without events are left out. */
export function countEventsBySecond(
  database: Database,
  derivation: Derivation,
  slo: Slo,
  range: TimeRange,
): Promise<SecondOfEvents[]> {
  const { counts, ...statement } = eventsOf(derivation, slo, range);
  const sql = `SELECT intDiv(start_ns, 1000000000) * 1000 AS atMs, ${counts} GROUP BY atMs ORDER BY atMs`;
  return database.rows({ sql, ...statement });
}

export function readVariantInstances(
  database: Database,
  { facts }: Derivation,
  service: string,
  flagKey: string,
  range: TimeRange,
): Promise<{ variant: string; instances: number }[]> {
  return database.rows({
    sql: `SELECT ${FLAG_VARIANT} AS variant, uniqExact(${factOf(facts, 'HingeInstance')}) AS instances FROM otel_traces
WHERE ${REPORTED}
GROUP BY variant ORDER BY variant`,
    parameters: { startMs: range.startMs, endMs: range.endMs, service, flagKey },
    doing: `count the instances on each variant of ${flagKey}`,
  });
}
