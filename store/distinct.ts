/** Spans of a window, and the same with repeats dropped. */
import { instant, SPAN_COLUMNS } from './spans.ts';

/** The spans read: [from, until), whole slots. Needs the parameters `from` and `until`, seconds since the epoch. */
export const WINDOW = `Timestamp >= ${instant('{from:UInt32}')} AND Timestamp < ${instant('{until:UInt32}')}`;

/** What decides between two different spans with the same ids, in this order. */
const COMPARED = Object.keys(SPAN_COLUMNS).filter((name) => !['slot', 'trace', 'id'].includes(name));

/**
 * One row per span id and slot. A span that was delivered twice has the same time and so the same slot; of two different
 * spans with one id the lesser counts, whichever came first. Only spans that may be repeats pay for being compared.
 * @param select spans that meet a condition, by the columns of SPAN_COLUMNS
 * @param more columns that follow from the id
 */
export function distinctOf(select: (where: string) => string, more: readonly string[] = []): string {
  const same = ['slot', ...more, 'trace', 'id'].join(', ');
  // Few, and all repeats are among them.
  const repeated = `(SELECT id FROM (${select('1')}) GROUP BY id HAVING count() > 1)`;
  return `SELECT ${same}, ${COMPARED.join(', ')} FROM (${select(`id NOT IN ${repeated}`)})
UNION ALL
SELECT ${same}, ${COMPARED.map((name, i) => `tupleElement(least, ${i + 1}) AS ${name}`).join(', ')}
FROM (SELECT ${same}, min((${COMPARED.join(', ')})) AS least FROM (${select(`id IN ${repeated}`)}) GROUP BY ${same})`;
}
