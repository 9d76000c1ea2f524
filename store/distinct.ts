/** Spans of a window with what Hinge makes of each, repeats dropped. */
import { type Facts, instant, SPAN_COLUMNS, spansOf } from './spans.ts';

/** The spans read: [from, until), whole slots. Needs the parameters `from` and `until`, seconds since the epoch. */
export const WINDOW = `Timestamp >= ${instant('{from:UInt32}')} AND Timestamp < ${instant('{until:UInt32}')}`;

/** What decides between two different spans with the same ids, in this order. */
const COMPARED = Object.keys(SPAN_COLUMNS).filter((name) => !['slot', 'trace', 'id'].includes(name));

/**
 * One row per span id and slot. A span that was delivered twice has the same time and so the same slot; of two different
 * spans with one id the lesser counts, whichever came first. Only spans that may be repeats pay for being compared.
 */
export function distinctSpans(facts: Facts, where: string): string {
  const selected = `${WINDOW} AND ${where}`;
  // Few, and all repeats are among them.
  const repeated = `(SELECT id FROM (${spansOf(facts, selected)}) GROUP BY id HAVING count() > 1)`;
  return `SELECT slot, trace_id, trace, id, ${COMPARED.join(', ')} FROM (${spansOf(facts, `${selected} AND id NOT IN ${repeated}`)})
UNION ALL
SELECT slot, trace_id, trace, id, ${COMPARED.map((name, i) => `tupleElement(least, ${i + 1}) AS ${name}`).join(', ')}
FROM (
  SELECT slot, trace_id, trace, id, min((${COMPARED.join(', ')})) AS least
  FROM (${spansOf(facts, `${selected} AND id IN ${repeated}`)})
  GROUP BY slot, trace_id, trace, id
)`;
}
