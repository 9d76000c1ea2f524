/** The controller's journal: append-only lines, in the order of their sequence. The chain of hashes is made and checked by who writes it. */
import type { JournalEntry } from '../model.ts';
import type { Database } from './connect.ts';

export interface Journal {
  /** Returns once the line is committed; the same line again is written once. */
  append(entry: JournalEntry): Promise<void>;
  read(): Promise<JournalEntry[]>;
}

export function createJournal(database: Database): Journal {
  return {
    append: (entry) =>
      database.load(
        {
          sql: `INSERT INTO journal (sequence, at, actor, flag, environment, upgrade_id, state, intent, text, evidence, previous_hash, hash)
SELECT sequence, fromUnixTimestamp64Milli(atMs), actor, flag, environment, upgradeId, state, intent, text, evidence, previousHash, hash
FROM input('sequence UInt64, atMs Int64, actor String, flag String, environment String, upgradeId String, state String,
  intent String, text String, evidence String, previousHash String, hash String') FORMAT JSONEachRow`,
          settings: { insert_deduplication_token: entry.hash },
          doing: `append line ${entry.sequence} to the journal`,
        },
        [Buffer.from(JSON.stringify(entry))],
      ),
    read: () =>
      database.rows<JournalEntry>({
        sql: `SELECT sequence, toUnixTimestamp64Milli(at) AS atMs, actor, flag, environment, upgrade_id AS upgradeId, state, intent, text,
  evidence, previous_hash AS previousHash, hash FROM journal ORDER BY sequence`,
        doing: 'read the journal',
      }),
  };
}
