/** Files of the Collector's file exporter: plain and gzip, good and bad. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCommitter } from '../../collector/commit/commit.ts';
import { importTelemetryFile } from '../../collector/files/import.ts';
import { readTelemetryFile } from '../../collector/files/read.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { HingeError } from '../../errors.ts';
import type { BlockSink } from '../../model.ts';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { METRICS_REQUEST } from './metrics-example.ts';
import { createMemorySink, decode, type Row } from './support.ts';

const line = (n: number) =>
  JSON.stringify(
    tracesRequest([
      { service: 'a', items: [{ traceId: traceId(n), spanId: spanId(n), name: 'x', startMs: 1, durationMs: 1 }] },
    ]),
  );
const many = Array.from({ length: 3_000 }, (_, i) => line(i + 1)).join('\n');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hinge-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array, limits = {}) {
  const path = join(folder, name);
  await writeFile(path, content);
  return readRows(path, limits);
}

async function readRows(path: string, limits = {}): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { signal, body } of readTelemetryFile(path, { ...DEFAULT_LIMITS, ...limits })) {
    rows.push(...decode(signal, 'protobuf', body, DEFAULT_LIMITS).rows);
  }
  return rows;
}

describe('a telemetry file', () => {
  it.each<[string, string, string | Uint8Array, number]>([
    ['of one line', 'one.json', line(1), 1],
    ['that ends with a newline', 'newline.json', `${line(1)}\n${line(2)}\n`, 2],
    ['with Windows line ends and empty lines', 'windows.json', `${line(1)}\r\n\r\n${line(2)}\r\n`, 2],
    ['that is empty', 'empty.json', '', 0],
    ['of many lines, across the pieces it is read in', 'many.ndjson', many, 3_000],
    ['in gzip', 'many.ndjson.gz', gzipSync(many), 3_000],
    ['in gzip of several members', 'members.gz', Buffer.concat([gzipSync(`${line(1)}\n`), gzipSync(line(2))]), 2],
    ['of metrics', 'metrics.json', JSON.stringify(METRICS_REQUEST), 11],
    ['with logs between', 'logs.json', `{"resourceLogs":[]}\n${line(1)}`, 1],
    ['with both signals in one line', 'both.json', JSON.stringify({ ...JSON.parse(line(1)), ...METRICS_REQUEST }), 12],
  ])('%s is read whole', async (_what, name, content, rows) => {
    expect(await read(name, content)).toHaveLength(rows);
  });

  it.each<[string, string, string | Uint8Array, object, RegExp]>([
    [
      'a line that is no JSON',
      'bad.json',
      `${line(1)}\nhello\n`,
      { code: 'INPUT_INVALID' },
      /bad\.json, line 2: not valid JSON/,
    ],
    [
      'a line that is cut off',
      'cut.json',
      `${line(1)}\n${line(2).slice(0, 50)}`,
      { code: 'INPUT_INVALID' },
      /cut\.json, line 2: /,
    ],
    [
      'a line of something else',
      'other.json',
      '{"level":"info"}',
      { code: 'INPUT_INVALID' },
      /other\.json, line 1: neither resourceSpans/,
    ],
    [
      'a wrong type',
      'type.json',
      '{"resourceSpans":{}}',
      { code: 'INPUT_INVALID' },
      /line 1: .*resourceSpans must be an array/,
    ],
    [
      'gzip that is cut off',
      'cut.gz',
      gzipSync(many).subarray(0, 9_000),
      { code: 'INPUT_INVALID' },
      /cut\.gz, (after )?line \d+: the gzip data is broken or cut off/,
    ],
    [
      'gzip by name alone',
      'plain.gz',
      line(1),
      { code: 'INPUT_INVALID' },
      /plain\.gz, line 1: the gzip data is broken/,
    ],
    [
      'a line that is too long',
      'long.json',
      `${line(1)}\n${' '.repeat(2_000)}`,
      { code: 'INPUT_TOO_LARGE' },
      /long\.json, after line 1: a line of more than 1000 bytes/,
    ],
  ])('with %s is refused with its name and line', async (_what, name, content, error, message) => {
    await expect(read(name, content, { maxBodyBytes: 1_000 })).rejects.toMatchObject({
      ...error,
      message: expect.stringMatching(message),
    });
  });

  it('that does not exist is named', async () => {
    await expect(readRows(join(folder, 'missing.json'))).rejects.toMatchObject({
      code: 'FILE_MISSING',
      message: expect.stringContaining('missing.json cannot be read'),
    });
  });

  it('may be left in the middle', async () => {
    const path = join(folder, 'left.gz');
    await writeFile(path, gzipSync(many));
    for await (const { signal } of readTelemetryFile(path, DEFAULT_LIMITS)) {
      expect(signal).toBe('traces');
      break;
    }
  });
});

describe('importing a file', () => {
  const limits = { ...DEFAULT_LIMITS, maxBytesInFlight: 20_000 };
  const importing = async (sink: BlockSink) => {
    const path = join(folder, 'import.ndjson');
    await writeFile(path, many);
    await using committer = createCommitter({ limits: { ...limits, maxDelayMs: 1 }, retryAfterMs: [], sink });
    let accepted = 0;
    for await (const decoded of importTelemetryFile(path, limits, committer)) accepted += decoded.accepted;
    return accepted;
  };

  it('commits every row before it ends, in groups, whatever the room', async () => {
    const memory = createMemorySink();

    expect(await importing(memory.sink)).toBe(3_000);
    expect(new Set(memory.rows('otel_traces').map((row) => row.SpanId)).size).toBe(3_000);
    expect(memory.blocks.length).toBeLessThan(1_500);
  });

  it('ends with the fault of the store', async () => {
    const away = new HingeError('STORE_UNAVAILABLE', 'away', { retryable: true });

    await expect(importing(() => Promise.reject(away))).rejects.toBe(away);
  });
});
