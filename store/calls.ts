/**
 * The relation `calls`: one row per SERVER, CLIENT, PRODUCER and CONSUMER span of a window, repeats dropped, with its
 * endpoint, peer, outcome, and whether it was a retry. Everything that judges single calls selects from it.
 *
 * What only few calls need is worked out for those alone: who answered, where a call names no peer; and the order of calls,
 * where one of a family went wrong. These are the odd calls.
 * Every rule looks at most `reach` slots away from the span itself, so that a row does not depend on how much more was
 * read with it: cells are the same however the slots are batched.
 */
import { WINDOW } from './distinct.ts';
import { FLAG, FLAG_VARIANT } from './facts.ts';
import type { SpanSource } from './source.ts';
import { type Facts, factOf, hasMark, SLOT } from './spans.ts';

const CALL_KINDS = `('SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER')`;

/** Spans after the last slot can be answers, but no earlier siblings. */
const NOT_LATER = 'slot < {until:UInt32} - {reach:UInt32}';

/** To begin a statement that selects calls. Siblings that ask for the same have the same `likeness`, whoever answers. */
export const withSpans = (source: SpanSource, where = '1') =>
  `WITH spans AS ${source.isDear ? 'MATERIALIZED ' : ''}(
  SELECT *, kind = 'CLIENT' AND parent != 0 AS has_siblings, bitXor(parent, cityHash64(endpoint)) + target AS likeness
  FROM (${source.distinct(`${NOT_LATER} AND kind IN ${CALL_KINDS} AND ${where}`)}))`;

/**
 * The calls that name no peer, those like which a sibling failed, and those among whose siblings one was sent again: only
 * there can be a retry. Of the slots before the first that is wanted, nothing but such siblings matters.
 */
const ODD = `SELECT * FROM spans WHERE (anonymous = 1 AND slot >= {first:UInt32}) OR (kind IN ('CLIENT', 'PRODUCER') AND resent = 1)
    OR (has_siblings AND likeness IN (SELECT likeness FROM spans WHERE has_siblings AND failed = 1))
    OR (has_siblings AND parent IN (SELECT parent FROM spans WHERE has_siblings AND resent = 1))`;

/** The services that answered the calls that name no peer: their SERVER and CONSUMER children, with their slots. */
const callees = (source: SpanSource) => `SELECT parent AS caller, groupUniqArray((slot, toString(service))) AS answered
  FROM (${source.all(`kind IN ('SERVER', 'CONSUMER') AND parent IN (SELECT id FROM spans WHERE anonymous = 1)`)})
  GROUP BY caller`;

const CALLEE = `arraySort(arrayMap(a -> a.2, arrayFilter(a -> abs(toInt64(a.1) - slot) <= {reach:UInt32}, answered)))[1]`;

/**
 * The peer of a call that names none is the service that answered it. An attempt that failed on the way was answered by
 * nobody: it takes the peer of its like (same slot, caller, name and address) if they all have the same.
 */
const peers = (
  source: SpanSource,
) => `SELECT member.1 AS id, multiIf(member.2 != '', member.2, length(callees) = 1, callees[1], address) AS peer
  FROM (
    SELECT groupArray((id, callee)) AS members, groupUniqArrayIf(2)(callee, callee != '') AS callees, toString(odd_peer) AS address
    FROM (
      SELECT s.id AS id, s.slot AS slot, s.service AS service, s.kind AS kind, s.endpoint AS endpoint, s.peer AS odd_peer, ${CALLEE} AS callee
      FROM (SELECT * FROM spans WHERE anonymous = 1) AS s LEFT JOIN (${callees(source)}) AS c ON c.caller = s.id
    )
    GROUP BY slot, service, kind, endpoint, odd_peer
  )
  ARRAY JOIN members AS member`;

const KEPT = [
  ...['slot', 'id', 'service', 'kind', 'endpoint', 'build', 'instance', 'target', 'start_ns', 'duration_ns'],
  ...['failed', 'redirected', 'resent', 'anonymous'],
];

const peered = (source: SpanSource) => `SELECT ${KEPT.map((name) => `o.${name} AS ${name}`).join(', ')},
    if(o.anonymous = 1, p.peer, toString(o.peer)) AS peer, o.start_ns + toInt64(o.duration_ns) AS end_ns,
    if(o.has_siblings, o.parent, o.id) AS family
  FROM (${ODD}) AS o LEFT JOIN (${peers(source)}) AS p ON p.id = o.id`;

/** The last value of a column among earlier calls of the same group, within reach; the default of its type for none. */
const previous = (column: string, group: string) =>
  `if(lagInFrame(slot) OVER ${group} + {reach:UInt32} >= slot, lagInFrame(${column}) OVER ${group}, 0)`;

const followed = (source: SpanSource) => `SELECT *,
    ${previous('redirected', 'relatives')} AS after_redirect,
    ${previous('failed', 'siblings')} AS after_failure,
    ${previous('redirected', 'siblings')} AS after_challenge,
    ${previous('end_ns', 'siblings')} AS previous_end_ns
  FROM (${peered(source)})
  WINDOW relatives AS (PARTITION BY family ORDER BY start_ns, id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
    siblings AS (PARTITION BY family, cityHash64(peer, endpoint, target) ORDER BY start_ns, id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;

/**
 * A retry is a call that says so (`http.request.resend_count`), unless it follows a redirect or a challenge; or one that
 * begins, within 60 s, after an equal call under the same parent has failed. Overlapping calls are hedges, and calls after
 * a success are a loop: neither is a retry.
 */
const RETRY = `toUInt8((resent = 1 AND after_redirect = 0)
  OR (after_failure = 1 AND after_challenge = 0 AND start_ns >= previous_end_ns AND start_ns - previous_end_ns <= 60000000000))`;

/** Nanoseconds between the end of the failed attempt before a retry and its start, plus 1; 0 where there is none to be seen. */
const GAP = `if(after_failure = 1 AND start_ns >= previous_end_ns, start_ns - previous_end_ns + 1, 0)`;

/** The odd calls, with their peer, whether they were retries, and how long after the attempt before. Needs `withSpans`. */
export const oddCalls = (source: SpanSource) => `SELECT *, ${RETRY} AS retry, ${GAP} AS gap FROM (${followed(source)})`;

/**
 * `where` limits the spans by columns of `SPAN_COLUMNS`; it must not separate calls that share a parent.
 * Calls that are not odd have the defaults of the join: no retry, no gap.
 */
export const calls = (source: SpanSource, where: string): string => `${withSpans(source, where)}
SELECT s.slot AS slot, trace_id, service, kind, endpoint, if(anonymous = 1, o.peer, s.peer) AS peer, build, instance,
  start_ns, duration_ns, failed, o.retry AS retry, if(o.retry = 1, toInt64(o.gap), 0) - 1 AS gap_ns
FROM spans AS s
LEFT ANY JOIN (SELECT slot, id, peer, retry, gap FROM (${oddCalls(source)})) AS o ON o.slot = s.slot AND o.id = s.id`;

/** Settings of every statement with `withSpans`: without the first, a materialized `spans` would be read again for each use. */
export const CALLS_SETTINGS = { enable_materialized_cte: 1, short_circuit_function_evaluation: 'disable' } as const;

/** Flag variants in force, per instance and slot. Few spans tell one. */
export const variants = (facts: Facts) => `SELECT slot, service, instance,
  if(max(variants) > 1, 'mixed', arrayStringConcat(arraySort(groupArray(concat(flag, '=', variant))), ',')) AS variant
FROM (
  SELECT slot, service, instance, flag, uniqExact(each) AS variants, min(each) AS variant
  FROM (
    SELECT ${SLOT} AS slot, ServiceName AS service, ${factOf(facts, 'HingeInstance')} AS instance,
      ${FLAG} AS flag, ${FLAG_VARIANT} AS each
    FROM otel_traces PREWHERE ${WINDOW} AND ${hasMark(facts, 'flagged')} WHERE ${FLAG} != ''
  )
  GROUP BY slot, service, instance, flag
)
GROUP BY slot, service, instance`;
