/** The spans of otel_traces as SQL relations: slots of time, and what Hinge makes of each span. */
import { MARKS } from '../semantics.ts';
import type { Database } from './connect.ts';
import { FACTS, KIND, MARKED } from './facts.ts';

/** Seconds since the epoch at which the span's slot begins. Needs the parameter `width`. */
export const SLOT = 'toUInt32(intDiv(toUnixTimestamp(Timestamp), {width:UInt32}) * {width:UInt32})';

/** Of the slots in the parameter `slots`. */
export const OF_SLOTS = 'slot IN {slots:Array(UInt32)}';

/**
 * A number of seconds since the epoch, to compare Timestamp with. Not `toDateTime`: ClickHouse 26.7 reads `< 10:00:00` as
 * `<= 09:59:59` when it chooses parts and granules, and leaves out those that begin within that last second.
 */
export const instant = (seconds: string) => `fromUnixTimestamp64Nano(toInt64(${seconds}) * 1000000000)`;

/** Whether the table of spans holds the facts of each in columns; if not, they are worked out whenever spans are read. */
export type Facts = 'stored' | 'derived';

/** Tables that others made, or an older Hinge, have no such columns. */
export async function findFacts(database: Database): Promise<Facts> {
  const [table] = await database.rows<{ columns: number }>({
    sql: `SELECT count() AS columns FROM system.columns WHERE database = currentDatabase() AND table = 'otel_traces'
  AND default_kind = 'MATERIALIZED' AND name IN {names:Array(String)}`,
    parameters: { names: Object.keys(FACTS) },
    doing: 'look for the facts of the spans',
  });
  return table?.columns === Object.keys(FACTS).length ? 'stored' : 'derived';
}

/** One fact of a span. */
export const factOf = (facts: Facts, name: keyof typeof FACTS): string => (facts === 'stored' ? name : FACTS[name].sql);

/** Whether a span has a mark, as a condition. */
export const hasMark = (facts: Facts, mark: keyof typeof MARKS): string =>
  facts === 'stored' ? `bitAnd(HingeMarks, ${MARKS[mark]}) != 0` : `(${MARKED[mark]})`;

/**
 * What a derivation knows of a span, with the type in which sealing keeps it at hand. Ids are hashes, 0 for no parent. Siblings
 * that ask for the same have the same `likeness`, whoever answers; 0 for what has no siblings.
 */
export const SPAN_COLUMNS = {
  slot: 'UInt32',
  trace: 'UInt64',
  id: 'UInt64',
  parent: 'UInt64',
  service: 'LowCardinality(String)',
  kind: 'LowCardinality(String)',
  endpoint: 'LowCardinality(String)',
  peer: 'LowCardinality(String)',
  build: 'LowCardinality(String)',
  instance: 'LowCardinality(String)',
  start_ns: 'Int64',
  duration_ns: 'UInt64',
  target: 'UInt16',
  likeness: 'UInt64',
  is_call: 'UInt8',
  failed: 'UInt8',
  redirected: 'UInt8',
  resent: 'UInt8',
  anonymous: 'UInt8',
  flagged: 'UInt8',
} as const;

/** The columns of SPAN_COLUMNS, and `trace_id`, of the spans that a condition on any of them selects; repeats included. */
export function spansOf(facts: Facts, where: string): string {
  const fact = (name: keyof typeof FACTS, as: string) => `${factOf(facts, name)} AS ${as}`;
  const mark = (name: keyof typeof MARKS) => `toUInt8(${hasMark(facts, name)}) AS ${name}`;
  return `SELECT ${SLOT} AS slot, TraceId AS trace_id, cityHash64(TraceId) AS trace, cityHash64(TraceId, SpanId) AS id,
  if(ParentSpanId = '', 0, cityHash64(TraceId, ParentSpanId)) AS parent, ServiceName AS service, ${KIND} AS kind,
  ${fact('HingeEndpoint', 'endpoint')}, ${fact('HingePeer', 'peer')}, ${fact('HingeBuild', 'build')}, ${fact('HingeInstance', 'instance')},
  toUnixTimestamp64Nano(Timestamp) AS start_ns, Duration AS duration_ns, ${fact('HingeTarget', 'target')},
  if(kind = 'CLIENT' AND parent != 0, bitXor(parent, cityHash64(endpoint)) + target, 0) AS likeness,
  kind IN ('SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER') AS is_call, ${mark('failed')}, ${mark('redirected')},
  toUInt8(${hasMark(facts, 'resent')} AND kind IN ('CLIENT', 'PRODUCER')) AS resent, ${mark('anonymous')}, ${mark('flagged')}
FROM otel_traces WHERE ${where}`;
}

/**
 * Bucket of a duration: i for (2^(i/64), 2^((i+1)/64)] nanoseconds. Powers of two are bucket edges and would depend on the
 * rounding of the logarithm; 0 ns counts as 1 ns.
 */
export const bucketOf = (durationNs: string) => `toInt32(if(bitCount(${durationNs}) <= 1,
  round(64 * log2(greatest(${durationNs}, 1))), ceil(64 * log2(greatest(${durationNs}, 1))))) - 1`;

/** How many there are of each distinct value of a sorted array: the distances between the places where one begins. */
export const runLengths = (sorted: string) => `CAST(arrayPopFront(arrayDifference(arrayPushBack(
  arrayFilter((i, step) -> i = 1 OR step != 0, arrayEnumerate(${sorted}), arrayDifference(${sorted})), toUInt32(length(${sorted}) + 1)))), 'Array(UInt64)')`;
