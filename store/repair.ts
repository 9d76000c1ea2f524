/** Opens a data folder whose engine refuses to start because many parts are broken, as a loss of power leaves them. */
import type { Log } from '../model.ts';
import { connectDatabase } from './connect.ts';
import { openEngine } from './engine/engine.ts';
import type { Durability } from './engine/files.ts';

export interface Repair {
  /** Parts that could not be read. They are kept beside their tables, in folders named `detached`. */
  readonly setAside: number;
}

/**
 * Starts the engine once with any number of broken parts allowed, and stops it; the next start is an ordinary one. Rows in
 * broken parts are no longer found.
 * @throws HingeError as `openEngine` does
 */
export async function repairDataFolder(options: {
  readonly dataDir: string;
  readonly durability: Durability;
  readonly log: Log;
}): Promise<Repair> {
  await using engine = await openEngine({ ...options, repair: true });
  await using database = connectDatabase(engine.connection);
  const [row] = await database.rows<{ parts: number }>({
    sql: `SELECT count() AS parts FROM system.detached_parts WHERE reason LIKE '%broken%'`,
    doing: 'count the parts that were set aside',
  });
  return { setAside: row?.parts ?? 0 };
}
