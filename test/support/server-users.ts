/** A ClickHouse server with users of few rights: the engine, with more users than Hinge gives it. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../model.ts';
import { choosePort, spawnEngine, waitUntilReady } from '../../store/engine/child.ts';
import { prepareEngineFiles } from '../../store/engine/files.ts';
import { findLibrary } from '../../store/engine/library.ts';

export interface ServerWithUsers extends AsyncDisposable {
  /** May do everything. */
  readonly owner: Connection;
  as(user: string): Connection;
}

/** @param grants of each user, in SQL without the last word: `GRANT SELECT ON otel.otel_traces` */
export async function startServer(grants: Readonly<Record<string, readonly string[]>>): Promise<ServerWithUsers> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'hinge-server-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const files = prepareEngineFiles(dataDir, 'fast');
  const users = join(dataDir, 'config', 'users.xml');
  const more = Object.entries(grants).map(
    ([user, given]) => `<${user}><password>secret</password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota><grants>${given.map((grant) => `<query>${grant}</query>`).join('')}</grants></${user}>`,
  );
  await writeFile(users, (await readFile(users, 'utf8')).replace('</users>', `${more.join('\n')}</users>`));
  const port = await choosePort(undefined);
  const child = spawnEngine(findLibrary(), files, port, dataDir);
  stack.defer(() => child.stop());
  const url = `http://127.0.0.1:${port}`;
  const owner: Connection = { url, username: 'hinge', password: files.passwords.hinge };
  await waitUntilReady(child, owner, 60_000);
  const owned = stack.move();
  return {
    owner,
    as: (username) => ({ url, username, password: 'secret' }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
