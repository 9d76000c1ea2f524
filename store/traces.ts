/** Questions that only single calls can answer: which traces show a signal, how many calls were good, who runs which variant. */
import type { EventCounts, Signal, Slo, TimeRange } from '../model.ts';
import { calls, VARIANTS } from './calls.ts';
import type { Database, Parameters } from './connect.ts';
import { FLAG, FLAG_VARIANT, INSTANCE } from './spans.ts';
import type { ExemplarQuery } from './store.ts';
import { type Slotting, slotOf, spansAround } from './window.ts';

function around(range: TimeRange, slotting: Slotting): Parameters {
  const spans = spansAround(
    slotOf(range.startMs, slotting),
    slotOf(Math.max(range.startMs, range.endMs - 1), slotting),
    slotting,
  );
  return { ...spans, startMs: range.startMs, endMs: range.endMs };
}

const IN_RANGE = 'start_ns >= {startMs:Int64} * 1000000 AND start_ns < {endMs:Int64} * 1000000';

/** What makes a trace an example of a signal. Latency examples are calls that did not fail, slowest first. */
function showing(signal: Signal): string {
  if (signal === 'errors') return 'c.failed = 1';
  if (signal === 'retries') return 'c.retry = 1';
  return 'c.failed = 0';
}

export async function readExemplars(database: Database, slotting: Slotting, query: ExemplarQuery): Promise<string[]> {
  const { key, range, limit, build, variant } = query;
  const ofBuild = build === undefined ? '1' : 'c.build = {build:String}';
  const ofVariant = variant === undefined ? '1' : 'v.variant = {variant:String}';
  const rows = await database.rows<{ trace: string }>({
    sql: `SELECT c.trace AS trace FROM (${calls('ServiceName = {service:String}')}) AS c
LEFT JOIN (${VARIANTS}) AS v ON v.slot = c.slot AND v.service = c.service AND v.instance = c.instance
WHERE ${IN_RANGE} AND c.endpoint = {endpoint:String} AND c.kind = {kind:String} AND c.peer = {peer:String}
  AND ${showing(query.signal)} AND ${ofBuild} AND ${ofVariant}
GROUP BY trace ORDER BY max(c.duration_ns) DESC, trace LIMIT {limit:UInt32}`,
    parameters: {
      ...around(range, slotting),
      ...{ service: key.service, endpoint: key.endpoint, kind: key.kind, peer: key.peer, limit },
      ...(build === undefined ? {} : { build }),
      ...(variant === undefined ? {} : { variant }),
    },
    doing: 'look for example traces',
  });
  return rows.map(({ trace }) => trace);
}

/** Which calls an indicator is about, and which of them are good. Latency is judged on calls that did not fail. */
const INDICATORS: Readonly<Record<Slo['indicator'], { readonly about: string; readonly good: string }>> = {
  errors: { about: `kind IN ('SERVER', 'CONSUMER')`, good: 'failed = 0' },
  latency: {
    about: `kind IN ('SERVER', 'CONSUMER') AND failed = 0`,
    good: 'duration_ns <= {thresholdMs:Float64} * 1e6',
  },
  retries: { about: `kind IN ('CLIENT', 'PRODUCER')`, good: 'retry = 0' },
};

export async function countEvents(
  database: Database,
  slotting: Slotting,
  slo: Slo,
  range: TimeRange,
): Promise<EventCounts> {
  const { about, good } = INDICATORS[slo.indicator];
  const [row] = await database.rows<EventCounts>({
    sql: `SELECT countIf(${good}) AS good, count() AS total FROM (${calls('ServiceName = {service:String}')})
WHERE ${IN_RANGE} AND ${about} AND ({endpoint:String} = '' OR endpoint = {endpoint:String} OR peer = {endpoint:String})`,
    parameters: {
      ...around(range, slotting),
      service: slo.service,
      endpoint: slo.endpoint ?? '',
      thresholdMs: slo.thresholdMs ?? 0,
    },
    doing: `count the events of ${slo.name}`,
  });
  return row ?? { good: 0, total: 0 };
}

export function readVariantInstances(
  database: Database,
  service: string,
  flagKey: string,
  range: TimeRange,
): Promise<{ variant: string; instances: number }[]> {
  return database.rows({
    sql: `SELECT ${FLAG_VARIANT} AS variant, uniqExact(${INSTANCE}) AS instances FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Milli({startMs:Int64}) AND Timestamp < fromUnixTimestamp64Milli({endMs:Int64})
  AND ServiceName = {service:String} AND ${FLAG} = {flagKey:String}
GROUP BY variant ORDER BY variant`,
    parameters: { startMs: range.startMs, endMs: range.endMs, service, flagKey },
    doing: `count the instances on each variant of ${flagKey}`,
  });
}
