/**
 * The relation `calls`: one row per SERVER, CLIENT, PRODUCER and CONSUMER span of a window, repeats dropped, with its
 * endpoint, peer, outcome, and whether it was a retry. Everything that judges single calls selects from it.
 *
 * The wide columns of the spans are read once, into `spans`. What only few calls need is worked out for those alone: who
 * answered, where a call names no peer; and the order of calls, where one of a family went wrong.
 * Every rule looks at most `reach` slots away from the span itself, so that a row does not depend on how much more was
 * read with it: cells are the same however the slots are batched.
 */
import { distinctSpans, WINDOW } from './distinct.ts';
import * as spans from './spans.ts';

const CALL_KINDS = `('SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER')`;
const MADE = `kind IN ('CLIENT', 'PRODUCER')`;

/** Spans after the last slot can be answers, but no earlier siblings: their wide columns are not needed. */
const NOT_LATER = `Timestamp < ${spans.instant('{until:UInt32} - {reach:UInt32}')}`;

/** Calls of one parent are a family; a PRODUCER, or a call without a parent, is one alone. */
const SPANS = (where: string, repeats: boolean) => `SELECT *, cityHash64(trace, span) AS id,
    if(${MADE}, cityHash64(trace, parent, if(kind = 'CLIENT' AND parent != '', '', span)), 0) AS family
  FROM (${distinctSpans(`${NOT_LATER} AND ${spans.KIND} IN ${CALL_KINDS} AND ${where}`, repeats)})`;

/**
 * The calls that need a second look: those that name no peer, and those of a family in which one failed or was sent again,
 * for only there can be a retry.
 */
const ODD = `SELECT * FROM spans WHERE ${MADE}
    AND (named_peer = '' OR family IN (SELECT family FROM spans WHERE ${MADE} AND (failed = 1 OR resent = 1)))`;

/** The services that answered the calls that name no peer: their SERVER and CONSUMER children, with their slots. */
const CALLEES = `SELECT cityHash64(TraceId, ParentSpanId) AS caller, groupUniqArray((${spans.SLOT}, toString(ServiceName))) AS answered
  FROM otel_traces WHERE ${WINDOW} AND ${spans.KIND} IN ('SERVER', 'CONSUMER') AND ParentSpanId != ''
    AND caller IN (SELECT id FROM spans WHERE ${MADE} AND named_peer = '')
  GROUP BY caller`;

const CALLEE = `arraySort(arrayMap(a -> a.2, arrayFilter(a -> abs(toInt64(a.1) - slot) <= {reach:UInt32}, answered)))[1]`;

/**
 * The peer of a call that names none is the service that answered it. An attempt that failed on the way was answered by
 * nobody: it takes the peer of its like (same slot, caller, name and address) if they all have the same.
 */
const PEERED = `SELECT *, start_ns + toInt64(duration_ns) AS end_ns,
    groupUniqArrayIf(2)(callee, callee != '') OVER (PARTITION BY slot, service, kind, endpoint, named_peer, literal_peer) AS callees,
    multiIf(named_peer != '', named_peer, callee != '', callee, length(callees) = 1, callees[1], literal_peer) AS peer
  FROM (SELECT o.*, ${CALLEE} AS callee FROM (${ODD}) AS o LEFT JOIN (${CALLEES}) AS c ON c.caller = o.id)`;

/** The last value of a column among earlier calls of the same group, within reach; the default of its type for none. */
const previous = (column: string, group: string) =>
  `if(lagInFrame(slot) OVER ${group} + {reach:UInt32} >= slot, lagInFrame(${column}) OVER ${group}, 0)`;

const FOLLOWED = `SELECT slot, id, peer, resent, start_ns,
    ${previous('redirected', 'relatives')} AS after_redirect,
    ${previous('failed', 'siblings')} AS after_failure,
    ${previous('redirected', 'siblings')} AS after_challenge,
    ${previous('end_ns', 'siblings')} AS previous_end_ns
  FROM (${PEERED})
  WINDOW relatives AS (PARTITION BY family ORDER BY start_ns, span ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
    siblings AS (PARTITION BY family, cityHash64(peer, endpoint, target) ORDER BY start_ns, span ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;

/**
 * A retry is a call that says so (`http.request.resend_count`), unless it follows a redirect or a challenge; or one that
 * begins, within 60 s, after an equal call under the same parent has failed. Overlapping calls are hedges, and calls after
 * a success are a loop: neither is a retry.
 */
const RETRY = `toUInt8((resent = 1 AND after_redirect = 0)
  OR (after_failure = 1 AND after_challenge = 0 AND start_ns >= previous_end_ns AND start_ns - previous_end_ns <= 60000000000))`;

/** Nanoseconds between the end of the failed attempt before a retry and its start, plus 1; 0 where there is none to be seen. */
const GAP = `if(after_failure = 1 AND start_ns >= previous_end_ns, start_ns - previous_end_ns + 1, 0)`;

/**
 * `where` limits the spans by columns of otel_traces; it must not separate calls that share a parent.
 * Calls that were not looked at again have the defaults of the join: no retry, no gap.
 * @param repeats false when the window is known to have none
 */
export function calls(where = '1', repeats = true): string {
  return `WITH spans AS MATERIALIZED (${SPANS(where, repeats)})
SELECT s.slot AS slot, trace, span, service, kind, endpoint, if(named_peer = '', o.peer, named_peer) AS peer, build, instance,
  start_ns, duration_ns, failed, o.retry AS retry, if(o.retry = 1, toInt64(o.gap), 0) - 1 AS gap_ns
FROM spans AS s
LEFT ANY JOIN (SELECT slot, id, peer, ${RETRY} AS retry, ${GAP} AS gap FROM (${FOLLOWED})) AS o ON o.slot = s.slot AND o.id = s.id`;
}

/** Settings of every statement with `calls`: without the first, all that `spans` feeds would read the table again. */
export const CALLS_SETTINGS = { enable_materialized_cte: 1, short_circuit_function_evaluation: 'disable' } as const;

/** Flag variants in force, per instance and slot. The keys alone are quickly read, and few spans have this one. */
export const VARIANTS = `SELECT slot, service, instance,
  if(max(variants) > 1, 'mixed', arrayStringConcat(arraySort(groupArray(concat(flag, '=', variant))), ',')) AS variant
FROM (
  SELECT slot, service, instance, flag, uniqExact(each) AS variants, min(each) AS variant
  FROM (
    SELECT ${spans.SLOT} AS slot, ServiceName AS service, ${spans.INSTANCE} AS instance,
      ${spans.FLAG} AS flag, ${spans.FLAG_VARIANT} AS each
    FROM otel_traces PREWHERE ${WINDOW} AND ${spans.HAS_FLAG} WHERE ${spans.FLAG} != ''
  )
  GROUP BY slot, service, instance, flag
)
GROUP BY slot, service, instance`;
