/** Claims of the active controller on a real engine: each term has one holder, and never are two active. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Claims, createLease } from '../../flags/lease.ts';
import { connectDatabase } from '../../store/connect.ts';
import type { Store } from '../../store/store.ts';
import { silentLog, useEngine } from '../support/engine.ts';

const tests = useEngine();

it('a term goes to one of many that claim it at the same moment', async () => {
  const { claims } = await tests.freshStore();
  for (let term = 1; term <= 10; term++) {
    const holders = Array.from({ length: 12 }, (_, i) => `${term}/${i}`);
    await Promise.all(holders.map((holder) => claims.claim(term, holder, 60_000)));
    const newest = await claims.newest();
    expect(newest).toMatchObject({ term, holder: expect.stringContaining(`${term}/`) });
  }
  await using database = connectDatabase(tests.engine.connection, tests.database);
  const twice = await database.rows({
    sql: 'SELECT term FROM controller_claims GROUP BY term HAVING count() > 1',
    doing: 'look for terms with two holders',
  });
  expect(twice).toEqual([]);
});

it('the newest claim survives merges, and its time runs by the server’s clock', async () => {
  const { claims } = await tests.freshStore();
  expect(await claims.newest()).toBeNull();
  for (const term of [1, 2, 3]) await claims.claim(term, `holder ${term}`, 60_000);
  await using database = connectDatabase(tests.engine.connection, tests.database);
  await database.run({ sql: 'OPTIMIZE TABLE controller_claims FINAL', doing: 'merge' });
  const newest = await claims.newest();
  expect(newest).toMatchObject({ term: 3, holder: 'holder 3' });
  expect(newest?.leftMs).toBeGreaterThan(0);
  expect(newest?.leftMs).toBeLessThanOrEqual(60_000);
  await claims.claim(4, 'holder 3', 0);
  expect((await claims.newest())?.leftMs).toBeLessThanOrEqual(0);
  // Too late, and without effect.
  await claims.claim(2, 'straggler', 60_000);
  expect(await claims.newest()).toMatchObject({ term: 4, holder: 'holder 3' });
});

/** A process that can crash: then its statements go nowhere, and what it believes does not count. */
function createProcess({ claims }: Store) {
  const process = { alive: true };
  const whileAlive = <T>(work: () => Promise<T>) => (process.alive ? work() : Promise.reject(new Error('crashed')));
  const mortal: Claims = {
    newest: () => whileAlive(() => claims.newest()),
    claim: (...claim) => whileAlive(() => claims.claim(...claim)),
  };
  const lease = createLease({ claims: mortal, log: silentLog, leaseMs: 900 });
  lease.start();
  return Object.assign(process, { lease });
}

it('of processes that come, crash and leave, one at most is active at any moment', { timeout: 60_000 }, async () => {
  const stores = await Promise.all([tests.freshStore(), tests.freshStore({ database: tests.database })]);
  const processes: ReturnType<typeof createProcess>[] = [];
  const seen = { doubles: 0, active: new Set<number>() };
  let over = false;
  const watching = (async () => {
    for (; !over; await delay(1)) {
      const active = processes.flatMap(({ alive, lease }, index) => (alive && lease.isHeld() ? [index] : []));
      if (active.length > 1) seen.doubles++;
      for (const index of active) seen.active.add(index);
    }
  })();
  const lives = stores.map(async (store, turn) => {
    for (let life = 0; life < 8; life++) {
      const process = createProcess(store);
      processes.push(process);
      await delay(900 + 700 * turn);
      if (life % 2 === 0) await process.lease[Symbol.asyncDispose]();
      process.alive = false;
    }
  });
  await Promise.all(lives);
  over = true;
  await watching;
  for (const { lease } of processes) await lease[Symbol.asyncDispose]();
  expect(seen.doubles).toBe(0);
  expect(seen.active.size).toBeGreaterThan(3);
});
