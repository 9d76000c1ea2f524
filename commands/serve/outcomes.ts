/** What became of the changes of flags, read from the journal, for the API and for metrics. */

import { messageOf } from '../../errors.ts';
import { type ChangeOutcome, changeOutcomes } from '../../flags/outcome.ts';
import { type OutcomeSummary, summarise } from '../../flags/outcome-summary.ts';
import type { Log } from '../../model.ts';
import type { Store } from '../../store/store.ts';

export interface Outcomes {
  read(): Promise<{ readonly items: readonly ChangeOutcome[]; readonly summary: OutcomeSummary }>;
  /** Brings `newest` up to date; keeps it as it is while the store does not answer. */
  refresh(): Promise<void>;
  newest(): OutcomeSummary | null;
}

export function createOutcomes({ journal, upgrades }: Pick<Store, 'journal' | 'upgrades'>, log: Log): Outcomes {
  let newest: OutcomeSummary | null = null;
  async function read() {
    const [entries, known] = await Promise.all([journal.read(), upgrades.list()]);
    const items = changeOutcomes(entries, known);
    newest = summarise(items);
    return { items, summary: newest };
  }
  return {
    read,
    newest: () => newest,
    refresh: () =>
      read().then(
        () => {},
        (thrown: unknown) => log.warn({ cause: messageOf(thrown) }, 'the outcomes of flags cannot be read'),
      ),
  };
}
