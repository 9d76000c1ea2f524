import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../model.ts';
import { connectDatabase } from '../../store/connect.ts';
import { type Engine, openEngine } from '../../store/engine/engine.ts';
import { findLibrary } from '../../store/engine/library.ts';
import { silentLog, useEngine } from '../support/engine.ts';

async function until(condition: () => boolean, what: string, patienceMs = 20_000): Promise<void> {
  for (const end = Date.now() + patienceMs; !condition(); await sleep(20)) {
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms for ${what}`);
  }
}

/** A process that ended but was not collected by its parent, as in containers without an init, is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

async function ask<Row>(connection: Connection, sql: string): Promise<Row[]> {
  await using database = connectDatabase(connection);
  return await database.rows<Row>({ sql, doing: 'ask' });
}

async function command(connection: Connection, sql: string): Promise<void> {
  await using database = connectDatabase(connection);
  await database.run({ sql, doing: 'change something' });
}

describe('a running engine', () => {
  const tests = useEngine({ durability: 'durable' });

  beforeAll(async () => {
    await command(tests.engine.connection, 'CREATE DATABASE hinge_readable ENGINE = Atomic');
    await command(tests.engine.connection, 'CREATE TABLE hinge_readable.t (a Int32) ENGINE = MergeTree ORDER BY a');
    await command(tests.engine.connection, 'CREATE DATABASE other ENGINE = Atomic');
    await command(tests.engine.connection, 'CREATE TABLE other.t (a Int32) ENGINE = MergeTree ORDER BY a');
  });

  it('speaks UTC', async () => {
    expect(await ask(tests.engine.connection, 'SELECT timezone() AS zone')).toEqual([{ zone: 'UTC' }]);
  });

  it('syncs every commit to disk in the durable profile, and remembers the tokens of inserts', async () => {
    const settings = await ask(
      tests.engine.connection,
      `SELECT name, value FROM system.merge_tree_settings WHERE name IN ('fsync_after_insert', 'fsync_part_directory',
       'min_rows_to_fsync_after_merge', 'min_compressed_bytes_to_fsync_after_merge', 'non_replicated_deduplication_window') ORDER BY name`,
    );
    expect(settings).toEqual([
      { name: 'fsync_after_insert', value: '1' },
      { name: 'fsync_part_directory', value: '1' },
      { name: 'min_compressed_bytes_to_fsync_after_merge', value: '1' },
      { name: 'min_rows_to_fsync_after_merge', value: '1' },
      { name: 'non_replicated_deduplication_window', value: '1000' },
    ]);
  });

  it.each(['connection', 'reader'] as const)('compiles no expressions for the user of its %s', async (user) => {
    const sql = `SELECT DISTINCT value FROM system.settings
      WHERE name IN ('compile_expressions', 'compile_aggregate_expressions', 'compile_sort_description')`;
    expect(await ask(tests.engine[user], sql)).toEqual([{ value: '0' }]);
  });

  it('keeps its passwords to its owner', async () => {
    const folder = async (name: string) =>
      (await readdir(join(tests.dataDir, name))).map((file) => join(tests.dataDir, name, file));
    const files = [join(tests.dataDir, 'passwords.json'), ...(await folder('config'))];
    for (const file of files) expect([file, (await stat(file)).mode & 0o777]).toEqual([file, 0o600]);
  });

  it.each([
    ['the default user with its empty password', 'default', ''],
    ['a wrong password', 'hinge', 'wrong'],
    ['an unknown user', 'root', ''],
  ])('refuses %s', async (_, username, password) => {
    const { url } = tests.engine.connection;
    await expect(ask({ url, username, password }, 'SELECT 1')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  it('lets dashboards read the databases of Hinge', async () => {
    expect(await ask(tests.engine.reader, 'SELECT count() AS rows FROM hinge_readable.t')).toEqual([{ rows: 0 }]);
  });

  it.each([
    ['insert', 'INSERT INTO hinge_readable.t VALUES (1)'],
    ['drop', 'DROP TABLE hinge_readable.t'],
    ['create', 'CREATE TABLE hinge_readable.u (a Int32) ENGINE = Memory'],
    ['read other databases', 'SELECT * FROM other.t'],
    ['read the users', 'SELECT * FROM system.users'],
    ['read files', `SELECT * FROM file('/etc/passwd', 'LineAsString', 'line String')`],
    ['call other hosts', `SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')`],
    ['lift the limit on writing', 'SET readonly = 0'],
  ])('does not let dashboards %s', async (_, sql) => {
    await expect(command(tests.engine.reader, sql)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  it('is started again after a crash, at the same address with the same passwords', async () => {
    const { engine } = tests;
    const { pid, connection } = engine;
    process.kill(pid, 'SIGKILL');
    await until(() => !engine.alive(), 'the crash to be seen');
    await until(() => engine.alive(), 'the restart');
    expect(engine.pid).not.toBe(pid);
    expect(await ask(connection, 'SELECT count() AS rows FROM hinge_readable.t')).toEqual([{ rows: 0 }]);
  });

  it('has its data folder to itself', async () => {
    const second = openEngine({ dataDir: tests.dataDir, durability: 'fast', log: silentLog });
    await expect(second).rejects.toMatchObject({
      code: 'DATA_FOLDER_IN_USE',
      message: expect.stringContaining(tests.dataDir),
    });
    expect(tests.engine.alive()).toBe(true);
  });
});

describe('starting an engine', () => {
  let dataDir = '';
  let opened: Engine[] = [];
  const open = async (httpPort?: number): Promise<Engine> => {
    const engine = await openEngine({
      dataDir,
      durability: 'fast',
      log: silentLog,
      ...(httpPort === undefined ? {} : { httpPort }),
    });
    opened.push(engine);
    return engine;
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'hinge-start-'));
    opened = [];
  });
  afterEach(async () => {
    for (const engine of opened) await engine[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('says which port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    await expect(open(port)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`${port}`),
    });
    expect(existsSync(join(dataDir, 'hinge.lock'))).toBe(false);
    holder.close();
  });

  it.each([
    ['a process that is gone', JSON.stringify({ owner: { pid: 2 ** 22 + 1, began: '1' } })],
    [
      'another process with the id of one that is gone',
      JSON.stringify({ owner: { pid: process.pid, began: 'earlier' } }),
    ],
    ['a crash while it was written', '{"owner":'],
  ])('takes over a lock left by %s', async (_, left) => {
    await writeFile(join(dataDir, 'hinge.lock'), left);
    expect((await open()).alive()).toBe(true);
  });

  it('stops cleanly: the process is gone, the folder is free, the data stays', async () => {
    const first = await open();
    await command(first.connection, 'CREATE DATABASE hinge ENGINE = Atomic');
    await first[Symbol.asyncDispose]();
    expect([isAlive(first.pid), first.alive()]).toEqual([false, false]);
    const second = await open();
    expect(second.connection.password).toBe(first.connection.password);
    expect(await ask(second.connection, `SELECT name FROM system.databases WHERE name = 'hinge'`)).toEqual([
      { name: 'hinge' },
    ]);
  });

  it.each([0, 50, 150, 300])('stops within a restart too (%d ms after a crash)', async (delayMs) => {
    const engine = await open();
    process.kill(engine.pid, 'SIGKILL');
    await until(() => !engine.alive(), 'the crash to be seen');
    await sleep(delayMs);
    await engine[Symbol.asyncDispose]();
    expect([engine.alive(), isAlive(engine.pid)]).toEqual([false, false]);
  });

  it('ends the engine of a Hinge that was killed, and starts over its data', async () => {
    const script = `import { openEngine } from ${JSON.stringify(new URL('../../store/engine/engine.ts', import.meta.url).href)};
      const quiet = () => {};
      const engine = await openEngine({ dataDir: process.argv[1], durability: 'fast', log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
      console.log(engine.pid);
      setInterval(quiet, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(owner.stdout, 'data')) as [Buffer];
    const enginePid = Number(printed.toString());
    expect(isAlive(enginePid)).toBe(true);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect((await open()).alive()).toBe(true);
    expect(isAlive(enginePid)).toBe(false);
  });
});

describe('the library of the engine', () => {
  it('is found for this platform', () => {
    expect(existsSync(findLibrary())).toBe(true);
  });

  it.each([
    ['linux', 'x64', '@chdb/lib-linux-x64-gnu'],
    ['darwin', 'arm64', '@chdb/lib-darwin-arm64'],
    ['win32', 'x64', '@chdb/lib-win32-x64'],
  ])('is missed with advice on %s %s', (platform, arch, carrier) => {
    const nothing = () => {
      throw new Error('Cannot find module');
    };
    expect(() => findLibrary(platform, arch, nothing)).toThrow(
      expect.objectContaining({
        code: 'ENGINE_MISSING',
        message: expect.stringMatching(`${carrier}.*npm install.*store.url`),
      }),
    );
  });
});
