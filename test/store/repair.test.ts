import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { openEngine } from '../../store/engine/engine.ts';
import { repairDataFolder } from '../../store/repair.ts';
import { silentLog } from '../support/engine.ts';

/** More than the engine takes for an accident. */
const PARTS = 110;
let dataDir: string;
const open = () => openEngine({ dataDir, durability: 'fast', log: silentLog });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hinge-repair-'));
  await using engine = await open();
  await using database = connectDatabase(engine.connection);
  const run = (sql: string) => database.run({ sql, doing: 'prepare' });
  await run('CREATE DATABASE hinge_repair ENGINE = Atomic');
  await run('CREATE TABLE hinge_repair.t (a Int32) ENGINE = MergeTree ORDER BY a');
  await run('SYSTEM STOP MERGES hinge_repair.t');
  for (let part = 0; part < PARTS + 1; part += 1) await run(`INSERT INTO hinge_repair.t VALUES (${part})`);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function breakParts(count: number): void {
  const columns = readdirSync(join(dataDir, 'engine'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\/all_\d+_\d+_0\/columns\.txt$/.test(path),
  );
  for (const path of columns.sort().slice(0, count)) writeFileSync(join(dataDir, 'engine', path), 'torn');
}

describe('a data folder with many broken parts', () => {
  it('is refused with the way out, opened by a repair, and opens as ever from then on', async () => {
    breakParts(PARTS);
    await expect(open()).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(/many parts are broken.*code 231.*hinge doctor --repair/),
    });
    expect(await repairDataFolder({ dataDir, durability: 'fast', log: silentLog })).toEqual({ setAside: PARTS });
    await using engine = await open();
    await using database = connectDatabase(engine.connection);
    const rows = await database.rows({ sql: 'SELECT count() AS rows FROM hinge_repair.t', doing: 'count' });
    expect(rows).toEqual([{ rows: 1 }]);
  });
});
