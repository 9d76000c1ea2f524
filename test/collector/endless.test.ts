/** Bodies without an end, by chunks: the answer comes, the connection goes, and what is read of them is bounded. */

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createMemorySink, openTestCollector } from './support.ts';

const MIB = 2 ** 20;
const LIMITS = { maxBodyBytes: MIB, maxCompressedBytes: MIB };
/** What is dropped after the answer at the most, and what the kernel's buffers of a connection may hold besides. */
const MOST_BYTES = MIB + 64 * MIB + 32 * MIB;

const SPACES = Buffer.alloc(0x10000, ' ');
const chunk = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

it.each<[string, string, number, Uint8Array]>([
  ['as it is', 'identity', 413, SPACES],
  ['by gzip', 'gzip', 413, gzipSync(randomBytes(0x10000))],
  ['by gzip that is none', 'gzip', 400, SPACES],
])('a body that never ends, %s', async (_, coding, status, piece) => {
  await using collector = await openTestCollector(createMemorySink().sink, LIMITS);
  const socket = connect(collector.address.port, '127.0.0.1');
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  socket.write(
    `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const fill = () => {
    while (socket.writable && socket.write(chunk(piece)));
  };
  socket.on('drain', fill);
  fill();
  await closed;

  expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(socket.bytesWritten).toBeLessThan(MOST_BYTES);
  expect(collector.counters()).toMatchObject({ receivingBytes: 0, signals: { traces: { requests: 1, invalid: 1 } } });
});
