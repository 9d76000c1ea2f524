/**
 * The controller's journal: append-only lines, in the order of their sequence. The chain of hashes is made and checked by who
 * writes it. A line's number is the token of its insert, so that of two writers one has it, and the other learns so.
 */
import { HingeError } from '../errors.ts';
import type { JournalEntry } from '../model.ts';
import type { Database } from './connect.ts';

export interface Journal {
  /**
   * Returns once the line is committed; the same line again is written once.
   * @throws HingeError STORE_REFUSED when another process wrote a line with this number
   */
  append(entry: JournalEntry): Promise<void>;
  read(): Promise<JournalEntry[]>;
  /** At least `limit` lines after a number, where there are so many; lines that share the last number come together. */
  page(after: number, limit: number): Promise<JournalEntry[]>;
}

const COLUMNS = `sequence, toUnixTimestamp64Milli(at) AS atMs, actor, flag, environment, upgrade_id AS upgradeId, state, intent, text,
  evidence, previous_hash AS previousHash, hash`;

const INSERT = `INSERT INTO journal (sequence, at, actor, flag, environment, upgrade_id, state, intent, text, evidence, previous_hash, hash)
SELECT sequence, fromUnixTimestamp64Milli(atMs), actor, flag, environment, upgradeId, state, intent, text, evidence, previousHash, hash
FROM input('sequence UInt64, atMs Int64, actor String, flag String, environment String, upgradeId String, state String,
  intent String, text String, evidence String, previousHash String, hash String') FORMAT JSONEachRow`;

export function createJournal(database: Database): Journal {
  const insert = (entry: JournalEntry, token: string): Promise<void> =>
    database.load(
      {
        sql: INSERT,
        settings: { insert_deduplication_token: token },
        doing: `append line ${entry.sequence} to the journal`,
      },
      [Buffer.from(JSON.stringify(entry))],
    );
  const hashesAt = async (sequence: number): Promise<string[]> => {
    const rows = await database.rows<{ hash: string }>({
      sql: 'SELECT hash FROM journal WHERE sequence = {sequence:UInt64}',
      parameters: { sequence },
      doing: `read line ${sequence} of the journal back`,
    });
    return rows.map(({ hash }) => hash);
  };
  return {
    async append(entry) {
      const { sequence, hash } = entry;
      await insert(entry, `journal/${sequence}`);
      let written = await hashesAt(sequence);
      // A crash of the store can take a token without its line.
      if (written.length === 0) {
        await insert(entry, hash);
        written = await hashesAt(sequence);
      }
      if (written.length === 1 && written[0] === hash) return;
      throw new HingeError(
        'STORE_REFUSED',
        `another process wrote line ${sequence} of the journal: run one controller on a store, or give both this version`,
      );
    },
    read: () =>
      database.rows<JournalEntry>({
        sql: `SELECT ${COLUMNS} FROM journal ORDER BY sequence`,
        doing: 'read the journal',
      }),
    page: (after, limit) =>
      database.rows<JournalEntry>({
        sql: `SELECT ${COLUMNS} FROM journal WHERE sequence > {after:UInt64} ORDER BY sequence LIMIT {limit:UInt32} WITH TIES`,
        parameters: { after, limit },
        doing: 'read a page of the journal',
      }),
  };
}
