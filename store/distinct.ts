/** Spans of a window with what Hinge makes of each, repeats dropped. */
import { FACT_NAMES, factsOf, instant } from './spans.ts';

/** The spans read: [from, until), whole slots. Needs the parameters `from` and `until`, seconds since the epoch. */
export const WINDOW = `Timestamp >= ${instant('{from:UInt32}')} AND Timestamp < ${instant('{until:UInt32}')}`;

const ID_HASH = 'cityHash64(TraceId, SpanId)';

/** Hashes of the ids that were stored more than once in the window: few, and all repeats are among them. */
const repeatedIds = (where: string) =>
  `SELECT ${ID_HASH} AS id_hash FROM otel_traces WHERE ${WINDOW} AND ${where} GROUP BY id_hash HAVING count() > 1`;

/** Whether a window may have repeats; if not, `distinctSpans` need not look for them. */
export const HAS_REPEATS = `SELECT count() > uniqExact(${ID_HASH}) AS repeats FROM otel_traces WHERE ${WINDOW}`;

/**
 * One row per span id and slot. A span that was delivered twice has the same time and so the same slot; of two different
 * spans with one id the lesser counts, whichever came first. Only spans that may be repeats pay for being compared.
 * @param repeats false when the window is known to have none
 */
export function distinctSpans(where: string, repeats = true): string {
  const selected = `${WINDOW} AND ${where}`;
  if (!repeats) return factsOf(selected);
  const repeated = `(${repeatedIds(where)})`;
  return `${factsOf(`${selected} AND ${ID_HASH} NOT IN ${repeated}`)}
UNION ALL
SELECT slot, trace, span, ${FACT_NAMES.map((name, i) => `tupleElement(least, ${i + 1}) AS ${name}`).join(', ')}
FROM (
  SELECT slot, trace, span, min((${FACT_NAMES.join(', ')})) AS least
  FROM (${factsOf(`${selected} AND ${ID_HASH} IN ${repeated}`)})
  GROUP BY slot, trace, span
)`;
}
