/** The ordinary receiver, a process of its own: node:http, protobufjs to objects, JSONEachRow through @clickhouse/client. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@clickhouse/client';
import protobuf from 'protobufjs';
import { TRACES_PROTO } from './ordinary-proto.ts';
import { rowsOf, type TracesRequest } from './ordinary-rows.ts';

/** A batch leaves when it has this many rows, or when its first rows have waited this long. */
const BATCH_ROWS = 25_000;
const BATCH_MS = 200;

interface Batch {
  readonly rows: object[];
  readonly settle: PromiseWithResolvers<void>;
}

const [url = '', username = '', password = '', database = ''] = process.argv.slice(2);
const client = createClient({ url, username, password, database, max_open_connections: 4 });
const Request = protobuf.parse(TRACES_PROTO).root.lookupType('ExportTraceServiceRequest');
let batch: Batch | undefined;

const server = createServer(async (request, response) => {
  try {
    const body = await readBody(request);
    await commit(rowsOf(Request.decode(body) as unknown as TracesRequest));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  } catch (error) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
  }
});
// Ends with its parent, however that ends.
process.stdin.resume().once('end', () => process.exit());
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Resolves once the rows are committed. */
function commit(rows: readonly object[]): Promise<void> {
  const joined = batch ?? openBatch();
  for (const row of rows) joined.rows.push(row);
  if (joined.rows.length >= BATCH_ROWS) leave(joined);
  return joined.settle.promise;
}

function openBatch(): Batch {
  const opened: Batch = { rows: [], settle: Promise.withResolvers() };
  batch = opened;
  setTimeout(leave, BATCH_MS, opened);
  return opened;
}

function leave(leaving: Batch): void {
  if (batch !== leaving) return;
  batch = undefined;
  const values = leaving.rows;
  client
    .insert({ table: 'otel_traces', values, format: 'JSONEachRow' })
    .then(() => leaving.settle.resolve(), leaving.settle.reject);
}
