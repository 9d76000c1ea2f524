/** A ClickHouse server of its own behind the proxy, and a Hinge that uses it: what breaks is the way between them. */

import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { openEngine } from '../../store/engine/engine.ts';
import { type FaultProxy, startProxy } from './proxy.ts';
import type { Scratch } from './scratch.ts';
import { type Subject, startSubject } from './subject.ts';

export interface Remote extends AsyncDisposable {
  readonly subject: Subject;
  readonly proxy: FaultProxy;
  /** To the server, past the proxy. */
  readonly client: ClickHouseClient;
}

export async function startRemote(scratch: Scratch, settings: readonly string[] = []): Promise<Remote> {
  await using stack = new AsyncDisposableStack();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const engine = stack.use(await openEngine({ dataDir: scratch.folder('server'), durability: 'durable', log }));
  const { url, username, password } = engine.connection;
  const proxy = stack.use(await startProxy(url));
  const client = stack.use(createClient({ url, username, password, request_timeout: 300_000, log: { level: 127 } }));
  const subject = stack.use(
    await startSubject({
      dataDir: scratch.folder('hinge'),
      settings: [
        ...[`store.url=${proxy.url}`, `store.username=${username}`, `store.password=${password}`],
        ...settings,
      ],
    }),
  );
  const owned = stack.move();
  return { subject, proxy, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
