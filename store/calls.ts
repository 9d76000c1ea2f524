/**
 * The relation `calls`: one row per SERVER, CLIENT, PRODUCER and CONSUMER span of a window, repeats dropped, with its
 * endpoint, peer, outcome, and whether it was a retry. Everything that judges single calls selects from it.
 *
 * Every rule looks at most `reach` slots away from the span itself, so that a row does not depend on how much more was
 * read with it: cells are the same however the slots are batched.
 */
import * as spans from './spans.ts';

const CALL_KINDS = `('SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER')`;

/** The spans read: [from, until), whole slots. Needs the parameters `from` and `until`, seconds since the epoch. */
export const WINDOW = 'Timestamp >= toDateTime({from:UInt32}) AND Timestamp < toDateTime({until:UInt32})';

/** Columns of a span that decide between two different spans with the same ids, in this order. */
const COLUMNS = {
  parent: 'ParentSpanId',
  service: 'ServiceName',
  kind: spans.KIND,
  endpoint: spans.ENDPOINT,
  named_peer: spans.NAMED_PEER,
  literal_peer: spans.LITERAL_PEER,
  build: spans.BUILD,
  instance: spans.INSTANCE,
  start_ns: 'toUnixTimestamp64Nano(Timestamp)',
  duration_ns: 'Duration',
  failed: spans.FAILED,
  redirected: spans.REDIRECTED,
  resent: spans.RESENT,
  target: spans.TARGET,
} as const;

/**
 * One row per span id and slot. A span that was delivered twice has the same time and so the same slot; of two different
 * spans with one id the lesser counts, whichever came first. Repeats are few: only they pay for being compared.
 */
export function distinctSpans(where: string): string {
  const columns = Object.entries(COLUMNS);
  const identity = `${spans.SLOT} AS slot, TraceId AS trace, SpanId AS span`;
  const selected = `FROM otel_traces WHERE ${WINDOW} AND ${where}`;
  const repeated = `(SELECT ${identity} ${selected} GROUP BY slot, trace, span HAVING count() > 1)`;
  return `SELECT ${identity}, ${columns.map(([name, expression]) => `${expression} AS ${name}`).join(',\n  ')}
${selected} AND (slot, trace, span) NOT IN ${repeated}
UNION ALL
SELECT slot, trace, span, ${columns.map(([name], i) => `tupleElement(least, ${i + 1}) AS ${name}`).join(', ')}
FROM (
  SELECT ${identity}, min((${columns.map(([, expression]) => expression).join(', ')})) AS least
  ${selected} AND (slot, trace, span) IN ${repeated}
  GROUP BY slot, trace, span
)`;
}

/** The services that answered a call: a span's SERVER and CONSUMER children, with their slots. */
const CALLEES = `SELECT TraceId AS trace, ParentSpanId AS parent,
  groupUniqArray((${spans.SLOT}, toString(ServiceName))) AS answered
FROM otel_traces WHERE ${WINDOW} AND ${spans.KIND} IN ('SERVER', 'CONSUMER') AND ParentSpanId != ''
GROUP BY trace, parent`;

const CALLEE = `arraySort(arrayMap(a -> a.2, arrayFilter(a -> abs(toInt64(a.1) - slot) <= {reach:UInt32}, answered)))[1]`;

/**
 * The peer of a call that names none is the service that answered it. An attempt that failed on the way was answered by
 * nobody: it takes the peer of its like (same slot, caller, name and address) if they all have the same.
 */
const withPeer = (where: string) => `SELECT * EXCEPT (named_peer, literal_peer, callee),
  groupUniqArrayIf(2)(callee, callee != '') OVER (PARTITION BY slot, service, kind, endpoint, named_peer, literal_peer) AS callees,
  multiIf(named_peer != '', named_peer, callee != '', callee, length(callees) = 1, callees[1], literal_peer) AS peer,
  start_ns + toInt64(duration_ns) AS end_ns,
  cityHash64(trace, parent, if(kind = 'CLIENT' AND parent != '', '', span)) AS family,
  cityHash64(family, peer, endpoint, target) AS sibling
FROM (
  SELECT s.*, if(kind IN ('CLIENT', 'PRODUCER'), ${CALLEE}, '') AS callee
  FROM (${distinctSpans(`${spans.KIND} IN ${CALL_KINDS} AND ${where}`)}) AS s
  LEFT JOIN (${CALLEES}) AS c ON c.trace = s.trace AND c.parent = s.span
)`;

/** The last value of a column among earlier calls of the same group, within reach; the default of its type for none. */
const previous = (column: string, group: string) =>
  `if(lagInFrame(slot) OVER ${group} + {reach:UInt32} >= slot, lagInFrame(${column}) OVER ${group}, 0)`;

/**
 * A retry is a call that says so (`http.request.resend_count`), unless it follows a redirect or a challenge; or one that
 * begins, within 60 s, after an equal call under the same parent has failed. Overlapping calls are hedges, and calls after
 * a success are a loop: neither is a retry.
 */
const RETRY = `toUInt8(kind IN ('CLIENT', 'PRODUCER') AND (
  (resent = 1 AND after_redirect = 0)
  OR (after_failure = 1 AND after_challenge = 0 AND start_ns >= previous_end_ns AND start_ns - previous_end_ns <= 60000000000)))`;

/** Nanoseconds between the end of the failed attempt before a retry and its start; -1 where there is none to be seen. */
const GAP = 'if(retry = 1 AND after_failure = 1 AND start_ns >= previous_end_ns, start_ns - previous_end_ns, -1)';

/** `where` limits the spans by columns of otel_traces; it must not separate calls that share a parent. */
export function calls(where = '1'): string {
  return `SELECT *, ${RETRY} AS retry, ${GAP} AS gap_ns FROM (
  SELECT *,
    ${previous('redirected', 'relatives')} AS after_redirect,
    ${previous('failed', 'siblings')} AS after_failure,
    ${previous('redirected', 'siblings')} AS after_challenge,
    ${previous('end_ns', 'siblings')} AS previous_end_ns
  FROM (${withPeer(where)})
  WINDOW relatives AS (PARTITION BY family ORDER BY start_ns, span ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
    siblings AS (PARTITION BY sibling ORDER BY start_ns, span ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)`;
}

/** Flag variants in force, per instance and slot. */
export const VARIANTS = `SELECT slot, service, instance,
  if(max(variants) > 1, 'mixed', arrayStringConcat(arraySort(groupArray(concat(flag, '=', variant))), ',')) AS variant
FROM (
  SELECT slot, service, instance, flag, uniqExact(each) AS variants, min(each) AS variant
  FROM (
    SELECT ${spans.SLOT} AS slot, ServiceName AS service, ${spans.INSTANCE} AS instance,
      ${spans.FLAG} AS flag, ${spans.FLAG_VARIANT} AS each
    FROM otel_traces WHERE ${WINDOW} AND ${spans.FLAG} != ''
  )
  GROUP BY slot, service, instance, flag
)
GROUP BY slot, service, instance`;
