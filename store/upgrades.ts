/** The register of upgrades: when each began and ended, and which builds it changed. */
import { HingeError } from '../errors.ts';
import type { ChangedBuild, Upgrade } from '../model.ts';
import type { Database } from './connect.ts';

export interface Upgrades {
  /** Registers an upgrade; the same id again replaces it. */
  start(upgrade: Upgrade): Promise<void>;
  /** @throws HingeError NOT_FOUND */
  finish(id: string, finishedMs: number): Promise<void>;
  /** Oldest first. */
  list(): Promise<Upgrade[]>;
}

interface UpgradeRow {
  readonly id: string;
  readonly name: string;
  readonly startedMs: number;
  readonly finishedMs: number | null;
  readonly changed: string;
}

export function createUpgrades(database: Database): Upgrades {
  const list = async (): Promise<Upgrade[]> => {
    const rows = await database.rows<UpgradeRow>({
      sql: `SELECT id, name, toUnixTimestamp64Milli(started) AS startedMs, toUnixTimestamp64Milli(finished) AS finishedMs, changed
FROM upgrades FINAL ORDER BY started, id`,
      doing: 'list the upgrades',
    });
    return rows.map((row) => ({ ...row, changed: JSON.parse(row.changed) as ChangedBuild[] }));
  };
  const write = (upgrade: Upgrade): Promise<void> =>
    database.run({
      sql: `INSERT INTO upgrades (id, version, name, started, finished, changed)
SELECT {id:String}, toUnixTimestamp64Micro(now64(6)), {name:String}, fromUnixTimestamp64Milli({started:Int64}),
  if({finished:Int64} < 0, NULL, fromUnixTimestamp64Milli({finished:Int64})), {changed:String}`,
      parameters: {
        id: upgrade.id,
        name: upgrade.name,
        started: upgrade.startedMs,
        finished: upgrade.finishedMs ?? -1,
        changed: JSON.stringify(upgrade.changed),
      },
      doing: `write the upgrade ${upgrade.id}`,
    });
  return {
    list,
    start: write,
    finish: async (id, finishedMs) => {
      const upgrade = (await list()).find((each) => each.id === id);
      if (upgrade === undefined)
        throw new HingeError('NOT_FOUND', `there is no upgrade ${id}: see \`hinge upgrade list\``);
      await write({ ...upgrade, finishedMs });
    },
  };
}
