/** The select that turns sampled traces into self time per request, unit and root endpoint. */
import type { UnitKey } from '../cells/self-time.ts';
import { grouped } from './alike.ts';
import type { RowShape } from './derived-rows.ts';
import { BUCKETS, COUNTS, TEXT, type Types } from './native/blocks.ts';
import { type SpanSource, variantsOf } from './source.ts';
import { bucketOf, OF_SLOTS } from './spans.ts';

/** Traces of one slot that are taken apart: those with the smallest hash, so that everybody samples the same. */
const TRACES_PER_SLOT = 2000;
/** A trace with more spans in reach of a slot is left out: it is a batch job, and its cost grows with the square. */
const SPANS_PER_TRACE = 2000;

export const SELF_TIME_COLUMNS =
  'slot, root_service, root_endpoint, unit, build, variant, instance, requests, spans, buckets, counts';

const KEY = ['slot', 'root_service', 'root_endpoint', 'unit', 'build', 'variant', 'instance'];

/** The hashes of about one trace in sixteen are as small. */
const SMALL = 2n ** 60n - 1n;

/** The smallest hashes are looked for among the small ones, where each slot has enough of those. */
const among = (
  source: SpanSource,
) => `trace <= (SELECT if(countIf(traces >= ${TRACES_PER_SLOT}) = length({slots:Array(UInt32)}), ${SMALL}, ${2n ** 64n - 1n})
    FROM (SELECT uniqExact(trace) AS traces FROM (${source.all(`${OF_SLOTS} AND trace <= ${SMALL}`)}) GROUP BY slot))`;

const sample = (source: SpanSource) => `SELECT slot AS root_slot, trace FROM (
    SELECT slot, trace FROM (${source.all(source.atHand === null ? OF_SLOTS : `${OF_SLOTS} AND ${among(source)}`)}) GROUP BY slot, trace
  ) ORDER BY root_slot, trace LIMIT ${TRACES_PER_SLOT} BY root_slot`;

/**
 * Each sampled trace, once for every slot it has spans in, with the spans in reach of that slot as parallel arrays, ordered
 * so that the children of one parent stand together by start. What is said of a trace in a slot rests on these spans alone.
 */
const traces = (source: SpanSource) => `SELECT root_slot, trace,
  arraySort(groupArray((parent, start_ns, id, start_ns + toInt64(duration_ns), slot, toString(kind),
    toString(service), endpoint, build, instance, peer))) AS members
FROM (${source.distinct('trace <= (SELECT max(trace) FROM sample) AND trace IN (SELECT trace FROM sample)')}) AS s
INNER JOIN sample AS p ON p.trace = s.trace
WHERE abs(toInt64(slot) - root_slot) <= {reach:UInt32}
GROUP BY root_slot, trace HAVING count() <= ${SPANS_PER_TRACE}`;

/** Five rounds of going up to the parent's parent reach 32 levels; what lies deeper counts for the level it reached. */
const ROUNDS = 5;
const CLIMB = Array.from({ length: ROUNDS }, (_, i) => [`arrayMap(u -> up_${i}[u], up_${i}) AS up_${i + 1}`]);

/**
 * What is worked out of a trace, step by step. `up_0` is the position of each span's parent, its own for a root: a span whose
 * parent is not stored, or a CONSUMER, which works on its own time. `reached` is how far earlier siblings cover the parent,
 * and `fresh` what a span adds to that: their sum is the length of the union of the children, clipped to the parent. PRODUCER
 * and CONSUMER spans cover nothing, because their parent does not wait for them.
 */
const STEPS: readonly (readonly string[])[] = [
  [
    'members.1 AS parents, members.2 AS starts, members.3 AS ids, members.4 AS ends, members.5 AS slots, members.6 AS kinds',
    'members.7 AS services, members.8 AS endpoints, members.9 AS builds, members.10 AS instances, members.11 AS peers',
    'rowNumberInAllBlocks() AS request',
  ],
  [
    `arrayMap((p, k, i) -> if(k = 'CONSUMER' OR indexOf(ids, p) = 0, i, indexOf(ids, p)), parents, kinds, arrayEnumerate(ids)) AS up_0`,
    `arrayMap(k -> k NOT IN ('PRODUCER', 'CONSUMER'), kinds) AS waited_for`,
    'arrayMap((p, i) -> (indexOf(parents, p), toUInt64(i - indexOf(parents, p))), parents, arrayEnumerate(ids)) AS earlier',
    'arrayMap(i -> (indexOf(parents, i), countEqual(parents, i)), ids) AS children',
  ],
  ...CLIMB,
  [
    'arrayMap((t, u) -> least(greatest(t, starts[u]), ends[u]), starts, up_0) AS clipped_starts',
    'arrayMap((t, u, w) -> if(w, least(greatest(t, starts[u]), ends[u]), 0), ends, up_0, waited_for) AS clipped_ends',
  ],
  [`arrayReduceInRanges('max', earlier, clipped_ends) AS reached`],
  ['arrayMap((t, e, r) -> greatest(0, e - greatest(t, r)), clipped_starts, clipped_ends, reached) AS fresh'],
  [
    `arrayReduceInRanges('sum', children, fresh) AS covered`,
    `arrayReduceInRanges('max', children, arrayMap((k, s) -> if(k = 'SERVER', s, ''), kinds, services)) AS callees`,
  ],
];

/** Each step in a query of its own: the engine copies an alias into every use of it, and a chain of them grows exponentially. */
const positions = (source: SpanSource) =>
  STEPS.reduce((from, step) => `SELECT *, ${step.join(', ')} FROM (${from})`, traces(source));

/** One row per span: its unit and self time, and the root that it works for. */
const spans = (
  source: SpanSource,
) => `SELECT root_slot AS slot, trace_root AS root, services[root] AS root_service, endpoints[root] AS root_endpoint,
    services[i] AS service, builds[i] AS build, instances[i] AS instance, slots[i] AS own_slot,
    multiIf(callees[i] != '', callees[i], peers[i] != '', peers[i], service) AS callee,
    if(kinds[i] = 'CLIENT' AND callee != service, concat(service, '->', callee), service) AS unit,
    toUInt64(greatest(0, ends[i] - starts[i] - covered[i])) AS self_ns, request
  FROM (${positions(source)})
  ARRAY JOIN arrayEnumerate(ids) AS i, up_${ROUNDS} AS trace_root
  WHERE slots[trace_root] = root_slot AND kinds[i] != 'PRODUCER'`;

/** One row per request and unit, with the variant that the unit served. */
const requests = (source: SpanSource) =>
  grouped({
    names: KEY,
    apart: ['request', 'root'],
    figures: 'count() AS each, sum(self_ns) AS self_ns',
    from: `SELECT u.slot AS slot, root_service, root_endpoint, unit, build, v.variant AS variant, u.instance AS instance,
    request, root, self_ns
  FROM (${spans(source)}) AS u
  LEFT JOIN (${variantsOf(source)}) AS v ON v.slot = u.own_slot AND v.service = u.service AND v.instance = u.instance`,
  });

const units = (source: SpanSource) =>
  grouped({
    names: KEY,
    figures: `count() AS requests, sum(each) AS spans, sumMap([${bucketOf('self_ns')}], [toUInt64(1)]) AS durations`,
    from: requests(source),
  });

/** Parameters as for `selectCells`. */
export const selectSelfTimes = (source: SpanSource) => `WITH sample AS MATERIALIZED (${sample(source)})
SELECT ${KEY.join(', ')}, requests, spans, durations.1 AS buckets, durations.2 AS counts FROM (${units(source)})`;

/** What is read of a row, as `self_times` and selectSelfTimes give it. */
export const SELF_TIME_TYPES = {
  slot: 'UInt32',
  ...{ root_service: TEXT, root_endpoint: TEXT, unit: TEXT, build: TEXT, variant: TEXT, instance: TEXT },
  ...{ requests: 'UInt64', spans: 'UInt64', buckets: BUCKETS, counts: COUNTS },
} as const satisfies Types;

export const SELF_TIME_SHAPE: RowShape<UnitKey> = {
  key: { rootService: 'root_service', rootEndpoint: 'root_endpoint', unit: 'unit' },
  counts: (block) => [block.numbers('requests'), block.numbers('spans')],
  histograms: [['buckets', 'counts']],
};
