/** What the collector writes, read back from the real engine column by column. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TelemetryTable } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { postJson, spanId, traceId } from '../support/otlp.ts';
import { traceRequests } from './arbitraries.ts';
import { METRIC_ROWS, METRICS_REQUEST } from './metrics-example.ts';
import { openStored } from './stored.ts';
import { decodeRequest, type Row } from './support.ts';

const engine = useEngine();

const SPAN = {
  traceId: traceId(0xabc),
  spanId: spanId(1),
  parentSpanId: spanId(2),
  traceState: 'a=b',
  name: 'GET "größe" 🚀\u0000\n\\',
  kind: 3,
  startTimeUnixNano: '1772445600123456789',
  endTimeUnixNano: '1772445600123456796',
  attributes: [
    { key: 'n', value: { intValue: '9223372036854775807' } },
    { key: 'n', value: { stringValue: 'the same key again' } },
    { key: '', value: {} },
    { key: '__proto__', value: { stringValue: 'x' } },
    { key: 'half', value: { stringValue: 'a\ud800' } },
  ],
  events: [{ timeUnixNano: '0', name: 'e', attributes: [{ key: 'k', value: { boolValue: true } }] }],
  links: [{ traceId: 'short', spanId: spanId(9), traceState: '', attributes: [] }],
  status: { code: 2, message: 'no route' },
};

it('spans come back as they were sent', async () => {
  const { rows } = await stored('otel_traces', { resourceSpans: [{ scopeSpans: [{ spans: [SPAN] }] }] });

  expect(rows).toEqual([
    expect.objectContaining({
      Timestamp: '1772445600.123456789',
      TraceId: SPAN.traceId,
      SpanId: SPAN.spanId,
      ParentSpanId: SPAN.parentSpanId,
      TraceState: 'a=b',
      SpanName: SPAN.name,
      SpanKind: 'Client',
      ServiceName: '',
      Duration: 7,
      StatusCode: 'Error',
      StatusMessage: 'no route',
      'Events.Timestamp': ['0.000000000'],
      'Events.Name': ['e'],
      'Events.Attributes': [{ k: 'true' }],
      'Links.TraceId': [''],
      'Links.SpanId': [SPAN.spanId.replace('1', '9')],
    }),
  ]);
  expect(rows[0]?.SpanAttributes).toMatchObject({ '': '', half: 'a\ufffd' });
});

it('every kind of metric comes back as it was sent', async () => {
  const { read } = await stored('otel_metrics_gauge', METRICS_REQUEST);

  for (const [table, expected] of Object.entries(METRIC_ROWS)) {
    const found = sorted(await read(table as TelemetryTable));
    expect(found, table).toHaveLength(expected.length);
    // The engine also lists the columns that were not sent, with their defaults.
    expect(found, table).toMatchObject(sorted(expected));
  }
});

it('the engine refuses no rows, whatever the spans hold', async () => {
  const { send, read } = await stored('otel_traces', { resourceSpans: [] });
  const requests = fc.sample(traceRequests, { seed: 11, numRuns: 200 });
  const accepted = requests.reduce((sum, request) => sum + decodeRequest(request).accepted, 0);

  const statuses = await Promise.all(requests.map((request) => send('/v1/traces', request)));

  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(accepted).toBeGreaterThan(200);
  expect(await read('otel_traces')).toHaveLength(accepted);
});

/** Sends a request to a collector in front of a fresh database. */
async function stored(table: TelemetryTable, request: object) {
  const { url, read } = await openStored(engine);
  const send = async (path: string, body: object) => (await postJson(url + path, body)).status;
  expect(await send(table === 'otel_traces' ? '/v1/traces' : '/v1/metrics', request)).toBe(200);
  return { rows: await read(table), read, send };
}

/** By what tells the rows of the example apart. */
const sorted = (rows: readonly Row[]) => rows.toSorted((a, b) => key(a).localeCompare(key(b)));
const key = (row: Row) => `${row.MetricName} ${row.Value}`;
