/** The ordinary way, on the same engine with the same settings: the exporter's tables in a database of their own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createHttpSender } from '../support/http-sender.ts';
import { type EngineAccess, startHinge } from './hinge-process.ts';
import { type Measurement, measure } from './measure.ts';
import { ORDINARY_TABLES } from './ordinary-tables.ts';
import type { Plan } from './plan.ts';

const SERVER = join(import.meta.dirname, 'ordinary-server.ts');
export const ORDINARY_DATABASE = 'ordinary';

export async function ordinaryWay({ traffic, items, warmUp, lanes, holdsMerges }: Plan): Promise<Measurement> {
  await using hinge = await startHinge('durable');
  await createTables(hinge.engine);
  await using server = await startServer(hinge.engine);
  using sender = createHttpSender({
    url: `http://127.0.0.1:${server.port}/v1/traces`,
    headers: { 'content-type': 'application/x-protobuf' },
    connections: lanes,
  });
  traffic.begin(warmUp, Date.now());
  return await measure({
    send: sender.send,
    lanes,
    warmUp: traffic.next,
    begin: () => traffic.begin(items, Date.now()),
    next: traffic.next,
    receiverPid: server.pid,
    enginePid: hinge.enginePid,
    client: hinge.engine.client,
    database: ORDINARY_DATABASE,
    tables: ['otel_traces'],
    holdsMerges,
  });
}

export async function createTables({ client }: EngineAccess): Promise<void> {
  await client.command({ query: `CREATE DATABASE ${ORDINARY_DATABASE} ENGINE = Atomic` });
  for (const query of ORDINARY_TABLES)
    await client.command({ query, http_headers: { 'x-clickhouse-database': ORDINARY_DATABASE } });
}

export async function startServer({ url, username, password }: EngineAccess) {
  const child = spawn(process.execPath, [SERVER, url, username, password, ORDINARY_DATABASE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const [line] = (await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), closed])) as [string | number];
  const port = Number.parseInt(String(line), 10);
  if (child.exitCode !== null || !Number.isInteger(port)) throw new Error('the ordinary receiver did not start');
  return {
    port,
    pid: child.pid ?? -1,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
