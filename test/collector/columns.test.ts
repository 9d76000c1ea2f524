/** Columns at their edges, written as a block, inserted into the real engine and read back. */

import { createClient } from '@clickhouse/client';
import { expect, it, onTestFinished } from 'vitest';
import { hashOf, viewOf } from '../../collector/columns/words.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { useEngine } from '../support/engine.ts';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';
import { decode } from './support.ts';

const engine = useEngine();

/** Stores one span of each name, and gives the names in the order of the spans. */
async function storedNames(names: readonly string[]): Promise<string[]> {
  const items = names.map((name, i) => ({
    traceId: traceId(1),
    spanId: spanId(i + 1),
    name,
    startMs: i,
    durationMs: 1,
  }));
  const limits = { ...DEFAULT_LIMITS, maxNamesPerService: 1_000_000 };
  const { chunks } = decode('traces', 'protobuf', encodeRequest(tracesRequest([{ service: 'a', items }])), limits);
  const store = await engine.freshStore();
  for (const chunk of chunks) await store.insert({ ...chunk, format: 'Native', token: chunk.partition });
  const client = createClient({ ...engine.engine.connection, database: engine.database });
  onTestFinished(() => client.close());
  const result = await client.query({
    query: 'SELECT SpanName FROM otel_traces ORDER BY Timestamp',
    format: 'JSONCompactEachRow',
  });
  return (await result.json<[string]>()).map(([name]) => name);
}

it.each([255, 256, 257, 65_535, 65_536, 65_537])('a dictionary of %i texts comes back as it was', async (count) => {
  const names = Array.from({ length: count }, (_, i) => `name ${i}`);

  expect(await storedNames(names)).toEqual(names);
});

it('texts that a sender chose to collide come back as they were', { timeout: 60_000 }, async () => {
  const names = colliding(300);
  const twice = [...names, ...names];

  expect(await storedNames(twice)).toEqual(twice);
});

/** Texts of one length whose hashes agree in the bits that choose a place in a table of up to 4,096. */
function colliding(count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) {
    const name = `n${String(i).padStart(8, '0')}`;
    if ((hashOf(viewOf(Buffer.from(name)), 0, name.length) & 4_095) === 7) names.push(name);
  }
  return names;
}
