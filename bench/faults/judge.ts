/** The promises that every fault must keep: what was acknowledged is stored, whole, and counted once. */

import type { ClickHouseClient } from '@clickhouse/client';
import { auditCounted, auditStored } from './audit.ts';
import { brokenOf, type Outcome } from './fault.ts';
import { whole } from './figures.ts';
import { answersOf, type Books } from './senders.ts';

/** Reads the store until the cells are sealed. */
export async function judge(client: ClickHouseClient, books: Books): Promise<Outcome> {
  const stored = await auditStored(client, books);
  const counted = await auditCounted(client, stored.distinct);
  const unanswered = books.sent.size - books.acknowledged.size;
  return {
    figures: [
      `${whole(books.acknowledged.size)} requests, ${whole(stored.acknowledged)} spans acknowledged (${answersOf(books)})`,
      `lost ${stored.lost}, counted twice ${counted.twice}, not counted ${counted.missing}`,
      `repeated rows ${whole(stored.repeats)}`,
    ],
    broken: brokenOf([
      [stored.acknowledged > 0, 'nothing was acknowledged'],
      [stored.lost === 0, `${stored.lost} acknowledged spans are lost`],
      [counted.twice === 0, `${counted.twice} spans are counted twice`],
      [counted.missing === 0, `${counted.missing} stored spans are not counted`],
      [stored.halves === 0, `${stored.halves} requests are stored by half`],
      [stored.multiplied === 0, `${stored.multiplied} requests have more rows than were sent`],
      [unanswered === 0, `${unanswered} requests were not acknowledged within a minute of the fault's end`],
    ]),
  };
}

/** The rows of several checks as one. */
export function joined(...outcomes: readonly Outcome[]): Outcome {
  return {
    figures: outcomes.flatMap(({ figures }) => figures),
    broken: outcomes.flatMap(({ broken }) => broken),
  };
}
