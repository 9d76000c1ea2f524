/**
 * Claims of the controller's lease. A term is the token of its insert: of two inserts with one token ClickHouse commits the
 * first and leaves the second out, in the same critical section in which it commits, so that each term has one holder.
 */
import type { Database } from './connect.ts';

export interface ClaimRow {
  readonly term: number;
  readonly holder: string;
  /** Until the claim runs out by the server's clock; 0 or less when it has. */
  readonly leftMs: number;
}

export interface Claims {
  newest(): Promise<ClaimRow | null>;
  claim(term: number, holder: string, leaseMs: number): Promise<void>;
}

export function createClaims(database: Database): Claims {
  return {
    newest: async () => {
      const [row] = await database.rows<ClaimRow>({
        sql: `SELECT term, holder,
  toUnixTimestamp64Milli(at) + lease_ms - toUnixTimestamp64Milli(now64(3)) AS leftMs
FROM controller_claims ORDER BY term DESC LIMIT 1`,
        doing: 'read who is the active controller',
      });
      return row ?? null;
    },
    claim: (term, holder, leaseMs) =>
      database.run({
        sql: 'INSERT INTO controller_claims (term, holder, lease_ms) VALUES ({term:UInt64}, {holder:String}, {leaseMs:UInt32})',
        parameters: { term, holder, leaseMs },
        settings: { insert_deduplicate: 1, insert_deduplication_token: `controller/${term}` },
        doing: `claim term ${term} of the controller`,
      }),
  };
}
