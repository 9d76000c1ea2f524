/** The metrics data model in the real engine, by both encodings: kinds, temporalities, resets, gaps, exemplars and the edges of numbers. */

import { expect, it } from 'vitest';
import type { TelemetryTable } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import type { Row } from '../support/native.ts';
import { encodeByProtobufjs } from '../support/otlp-schema.ts';
import type { Line } from './metric-lines.ts';
import { LINES } from './metric-model.ts';
import { openStored } from './stored.ts';

const engine = useEngine();

/** Every line is a metric of its own, named after it. */
const REQUEST = {
  resourceMetrics: [{ scopeMetrics: [{ metrics: LINES.map(({ what, metric }) => ({ name: what, ...metric })) }] }],
};

const COMMON: Row = {
  ResourceAttributes: {},
  ResourceSchemaUrl: '',
  ScopeName: '',
  ScopeVersion: '',
  ScopeAttributes: {},
  ScopeDroppedAttrCount: 0,
  ScopeSchemaUrl: '',
  ServiceName: '',
  MetricDescription: '',
  MetricUnit: '',
  Attributes: {},
  Flags: 0,
};
const NO_EXEMPLARS: Row = {
  'Exemplars.FilteredAttributes': [],
  'Exemplars.TimeUnix': [],
  'Exemplars.Value': [],
  'Exemplars.SpanId': [],
  'Exemplars.TraceId': [],
};
const NO_DISTRIBUTION: Row = { Count: 0, Sum: 0, Min: 0, Max: 0, ...NO_EXEMPLARS };
/** What a row of each table has where nothing was sent. */
const DEFAULTS: Readonly<Record<Line['table'], Row>> = {
  otel_metrics_gauge: { Value: 0, ...NO_EXEMPLARS },
  otel_metrics_sum: { Value: 0, IsMonotonic: false, ...NO_EXEMPLARS },
  otel_metrics_histogram: { ...NO_DISTRIBUTION, BucketCounts: [], ExplicitBounds: [] },
  otel_metrics_exponential_histogram: {
    ...NO_DISTRIBUTION,
    Scale: 0,
    ZeroCount: 0,
    PositiveOffset: 0,
    PositiveBucketCounts: [],
    NegativeOffset: 0,
    NegativeBucketCounts: [],
  },
  otel_metrics_summary: { Count: 0, Sum: 0, 'ValueAtQuantiles.Quantile': [], 'ValueAtQuantiles.Value': [] },
};

const byTime = (rows: readonly Row[]) => rows.toSorted((a, b) => String(a.TimeUnix).localeCompare(String(b.TimeUnix)));

it('every line has a name of its own', () => {
  expect(new Set(LINES.map(({ what }) => what)).size).toBe(LINES.length);
});

it.each([
  ['JSON', 'application/json', Buffer.from(JSON.stringify(REQUEST))],
  ['protobuf', 'application/x-protobuf', encodeByProtobufjs('metrics', REQUEST)],
])(`by %s: ${LINES.length} lines of the model are stored as they should be`, async (_, type, body) => {
  const { url, read } = await openStored(engine);
  const response = await fetch(`${url}/v1/metrics`, { method: 'POST', headers: { 'content-type': type }, body });
  expect(response.status).toBe(200);

  for (const [table, defaults] of Object.entries(DEFAULTS)) {
    const stored = Map.groupBy(await read(table as TelemetryTable), ({ MetricName }) => MetricName);
    for (const { what, rows } of LINES.filter((line) => line.table === table)) {
      const whole = rows.map((row) => ({ ...COMMON, MetricName: what, ...defaults, ...row }));
      expect(byTime(stored.get(what) ?? []), what).toEqual(whole);
      stored.delete(what);
    }
    expect([...stored.keys()], table).toEqual([]);
  }
});
