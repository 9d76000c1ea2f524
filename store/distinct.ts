/** Spans of a window with what Hinge makes of each, repeats dropped. */
import { COMPARED, type Facts, instant, spansOf } from './spans.ts';

/** The spans read: [from, until), whole slots. Needs the parameters `from` and `until`, seconds since the epoch. */
export const WINDOW = `Timestamp >= ${instant('{from:UInt32}')} AND Timestamp < ${instant('{until:UInt32}')}`;

export const ID_HASH = 'cityHash64(TraceId, SpanId)';

/** Hashes of the ids that were stored more than once in the window: few, and all repeats are among them. */
const repeatedIds = (where: string) =>
  `SELECT ${ID_HASH} AS id_hash FROM otel_traces WHERE ${WINDOW} AND ${where} GROUP BY id_hash HAVING count() > 1`;

/**
 * One row per span id and slot. A span that was delivered twice has the same time and so the same slot; of two different
 * spans with one id the lesser counts, whichever came first. Only spans that may be repeats pay for being compared.
 * @param repeats false when the window is known to have none
 */
export function distinctSpans(facts: Facts, where: string, repeats = true): string {
  const selected = `${WINDOW} AND ${where}`;
  if (!repeats) return spansOf(facts, selected);
  const repeated = `(${repeatedIds(where)})`;
  return `SELECT slot, trace, span, ${COMPARED.join(', ')} FROM (${spansOf(facts, `${selected} AND ${ID_HASH} NOT IN ${repeated}`)})
UNION ALL
SELECT slot, trace, span, ${COMPARED.map((name, i) => `tupleElement(least, ${i + 1}) AS ${name}`).join(', ')}
FROM (
  SELECT slot, trace, span, min((${COMPARED.join(', ')})) AS least
  FROM (${spansOf(facts, `${selected} AND ${ID_HASH} IN ${repeated}`)})
  GROUP BY slot, trace, span
)`;
}
