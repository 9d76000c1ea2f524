/**
 * The odd calls: those that name no peer, and those whose family went wrong. Only of these has to be worked out who answered,
 * and which of them were retries.
 */
import type { SpanSource } from './source.ts';
import { SPAN_COLUMNS } from './spans.ts';

/**
 * The calls that name no peer, those like which a sibling failed, and those among whose siblings one was sent again: only
 * there can be a retry. From the relation `spans`.
 */
export const ODD = `SELECT * FROM spans WHERE anonymous = 1 OR resent = 1
    OR likeness IN (SELECT likeness FROM spans WHERE likeness != 0 AND failed = 1)
    OR parent IN (SELECT parent FROM spans WHERE likeness != 0 AND resent = 1)`;

const { slot, id, service, kind, endpoint, build, instance, start_ns, duration_ns } = SPAN_COLUMNS;
const { failed, redirected, resent, anonymous } = SPAN_COLUMNS;
const KEPT = {
  ...{ slot, id, service, kind, endpoint, build, instance, start_ns, duration_ns },
  ...{ failed, redirected, resent, anonymous },
};

/** What is known of an odd call, with the type in which sealing keeps it at hand: those of one `family` have one parent. */
export const ODD_COLUMNS = { ...KEPT, peer: SPAN_COLUMNS.peer, family: 'UInt64', alike: 'UInt64' } as const;

/** Where calls that name no peer are looked for: among the few that are odd, unless to find those once more is dear. */
const withNoName = ({ atHand }: SpanSource) => (atHand === null ? 'spans' : 'odd');

/** The services that answered the calls that name no peer: their SERVER and CONSUMER children, with their slots. */
const callees = (source: SpanSource) => `SELECT parent AS caller, groupUniqArray((slot, toString(service))) AS answered
  FROM (${source.all(`kind IN ('SERVER', 'CONSUMER') AND parent IN (SELECT id FROM ${withNoName(source)} WHERE anonymous = 1)`)})
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
      FROM (SELECT * FROM ${withNoName(source)} WHERE anonymous = 1) AS s LEFT JOIN (${callees(source)}) AS c ON c.caller = s.id
    )
    GROUP BY slot, service, kind, endpoint, odd_peer
  )
  ARRAY JOIN members AS member`;

/** The odd calls, with the peer of each. From the relation `odd`. */
export const peered = (source: SpanSource) => `SELECT ${Object.keys(KEPT).map((name) => `o.${name} AS ${name}`)},
    if(o.anonymous = 1, p.peer, toString(o.peer)) AS peer, if(o.likeness != 0, o.parent, o.id) AS family,
    cityHash64(peer, endpoint, o.target) AS alike
  FROM odd AS o LEFT JOIN (${peers(source)}) AS p ON p.id = o.id`;

/** The last value of a column among earlier calls of the same group, within reach; the default of its type for none. */
const previous = (column: string, group: string) =>
  `if(lagInFrame(slot) OVER ${group} + {reach:UInt32} >= slot, lagInFrame(${column}) OVER ${group}, 0)`;

/** From the relation `peered`: some of its columns, and what came before in the family. */
const followed = (kept: string) => `SELECT ${kept}, start_ns + toInt64(duration_ns) AS end_ns,
    ${previous('redirected', 'relatives')} AS after_redirect,
    ${previous('failed', 'siblings')} AS after_failure,
    ${previous('redirected', 'siblings')} AS after_challenge,
    ${previous('end_ns', 'siblings')} AS previous_end_ns
  FROM peered
  WINDOW relatives AS (PARTITION BY family ORDER BY start_ns, id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
    siblings AS (PARTITION BY family, alike ORDER BY start_ns, id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;

/**
 * A retry is a call that says so (`http.request.resend_count`), unless it follows a redirect or a challenge; or one that
 * begins, within 60 s, after an equal call under the same parent has failed. Overlapping calls are hedges, and calls after
 * a success are a loop: neither is a retry.
 */
const IS_RETRY = `(resent = 1 AND after_redirect = 0)
  OR (after_failure = 1 AND after_challenge = 0 AND start_ns >= previous_end_ns AND start_ns - previous_end_ns <= 60000000000)`;

/** Nanoseconds between the end of the failed attempt before a retry and its start, plus 1; 0 where there is none to be seen. */
const GAP = `if(after_failure = 1 AND start_ns >= previous_end_ns, start_ns - previous_end_ns + 1, 0)`;

/**
 * The odd calls, with their peer, whether they were retries, and how long after the attempt before. Where they are at hand
 * they are ordered without their names, in a fifth of the time; to work them out twice for that would cost more.
 */
export const oddCalls = ({ atHand }: SpanSource): string =>
  atHand === null
    ? `SELECT *, toUInt8(${IS_RETRY}) AS retry, ${GAP} AS gap FROM (${followed('*')})`
    : `SELECT p.*, toUInt8(r.id != 0) AS retry, r.gap AS gap FROM peered AS p LEFT ANY JOIN (
    SELECT slot, id, ${GAP} AS gap FROM (${followed('slot, id, resent, start_ns')}) WHERE ${IS_RETRY}
  ) AS r ON r.slot = p.slot AND r.id = p.id`;
