/**
 * The relation `calls`: one row per SERVER, CLIENT, PRODUCER and CONSUMER span of a window, repeats dropped, with its
 * endpoint, peer, outcome, and whether it was a retry. Everything that judges single calls selects from it.
 *
 * What only few calls need is worked out for those alone: who answered, where a call names no peer; and the order of calls,
 * where one of a family went wrong. These are the odd calls.
 * Every rule looks at most `reach` slots away from the span itself, so that a row does not depend on how much more was
 * read with it: cells are the same however the slots are batched.
 */
import { ODD, oddCalls, peered } from './odd-calls.ts';
import type { SpanSource } from './source.ts';

/** Spans after the last slot can be answers, but no earlier siblings. */
const NOT_LATER = 'slot < {until:UInt32} - {reach:UInt32}';

const spansOf = (source: SpanSource, where: string) => source.distinct(`${NOT_LATER} AND is_call = 1 AND ${where}`);

/** Selects the odd calls alone, each with its peer. */
export const selectPeered = (source: SpanSource) =>
  `WITH spans AS (${spansOf(source, '1')}), odd AS MATERIALIZED (${ODD}) ${peered(source)}`;

/** To begin a statement that selects calls: `spans` are all of them, `peered` the odd ones. */
export function withSpans(source: SpanSource, where = '1'): string {
  const spans = spansOf(source, where);
  if (source.atHand !== null) return `WITH spans AS (${spans}), peered AS (${source.atHand.peered})`;
  return `WITH spans AS MATERIALIZED (${spans}), odd AS (${ODD}), peered AS (${peered(source)})`;
}

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
