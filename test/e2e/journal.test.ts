/** Somebody edits the journal in ClickHouse: `hinge flags verify` names the first line that does not fit. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chain } from '../../flags/journal.ts';
import type { JournalEntry } from '../../model.ts';
import { connectDatabase, type Database } from '../../store/connect.ts';
import { openEngine } from '../../store/engine/engine.ts';
import { openStore } from '../../store/store.ts';
import { silentLog } from '../support/engine.ts';
import { hinge, type RunningHinge, scratchFolder, serveHinge } from '../support/hinge.ts';

const LINES = 12;
const stack = new AsyncDisposableStack();
let running: RunningHinge;
let database: Database;
let lastHash = '';

beforeAll(async () => {
  const folder = stack.use(scratchFolder());
  const { connection } = stack.use(
    await openEngine({ dataDir: `${folder.path}/engine`, durability: 'fast', log: silentLog }),
  );
  const shape = { slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 };
  await using store = await openStore({ connection, database: 'hinge', ...shape, log: silentLog });
  let last: JournalEntry | undefined;
  for (let line = 1; line <= LINES; line++) {
    last = chain(last, {
      ...{ atMs: 1e12 + line, actor: 'hinge', flag: 'pay.retry', environment: 'production', upgradeId: 'u1' },
      ...{ state: 'OBSERVE', intent: '', text: `line ${line}`, evidence: `{"state":{"goodLooks":${line}}}` },
    });
    await store.journal.append(last);
  }
  lastHash = last?.hash ?? '';
  database = stack.use(connectDatabase(connection, 'hinge'));
  const { url, username, password } = connection;
  const sets = [`store.url=${url}`, `store.username=${username}`, `store.password=${password}`];
  const ports = ['collector.port=0', 'collector.grpcPort=0', 'api.port=0'];
  const options = [...sets, ...ports].flatMap((value) => ['--set', value]);
  running = stack.use(await serveHinge(['--data', `${folder.path}/none`, ...options]));
});
afterAll(() => stack.disposeAsync());

const verify = (...words: string[]) => hinge(['flags', 'verify', '--server', running.apiUrl, ...words]);

it('a journal that nobody touched fits, and shows the hash to keep', async () => {
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining(`${LINES} lines`) });
  expect(await verify('--last', lastHash)).toMatchObject({ code: 0, out: expect.stringContaining(lastHash) });
  const cut = await verify('--last', 'f'.repeat(64));
  expect(cut).toMatchObject({ code: 1, out: expect.stringContaining('lines were cut off the end') });
  expect(await verify('--last', 'f')).toMatchObject({ code: 2 });
});

/** Each edit stands before those of the tests above it, so that it is the first that does not fit. */
it.each([
  [12, `UPDATE evidence = '{"state":{"goodLooks":99}}'`, 'line 12 was changed'],
  [11, `UPDATE text = 'nothing was done'`, 'line 11 was changed'],
  [10, `UPDATE actor = 'ada'`, 'line 10 was changed'],
  [9, `UPDATE flag = 'other'`, 'line 9 was changed'],
  [8, `UPDATE environment = 'test'`, 'line 8 was changed'],
  [7, `UPDATE upgrade_id = 'u2'`, 'line 7 was changed'],
  [6, `UPDATE state = 'KILL'`, 'line 6 was changed'],
  [5, `UPDATE intent = '{"kind":"disable"}'`, 'line 5 was changed'],
  [4, 'UPDATE at = at + 1', 'line 4 was changed'],
  [3, `UPDATE hash = repeat('0', 64)`, 'line 3 was changed'],
  [2, `UPDATE previous_hash = repeat('0', 64)`, 'line 2 does not follow'],
  [1, 'DELETE', 'line 1 is missing'],
])('line %i, %s', async (line, edit, words) => {
  const sql = `ALTER TABLE journal ${edit} WHERE sequence = ${line} SETTINGS mutations_sync = 2`;
  await database.run({ sql, doing: 'edit the journal' });
  expect(await verify()).toMatchObject({ code: 1, out: expect.stringContaining(words) });
});
