/** Spans of the real exporters over three transports, read back from the real engine: every pair of what a span can carry and how it is sent. */

import { expect, it } from 'vitest';
import { type Combination, everyPair, pairCount } from '../support/combinations.ts';
import { useEngine } from '../support/engine.ts';
import type { Row } from '../support/native.ts';
import { EMPTY_LISTS, readableSpan, SPAN_DIMENSIONS, spanRow } from './exporter-spans.ts';
import { exportOnce, traceExporter, WAYS } from './exporter-ways.ts';
import { openStored } from './stored.ts';

const engine = useEngine();

const DIMENSIONS = { ...WAYS, ...SPAN_DIMENSIONS };
const CASES = everyPair(DIMENSIONS).map((values, i) => ({ n: i + 1, values }));

/** Those of one transport and compression leave in one export. */
const wayOf = ({ values }: { values: Combination<typeof WAYS> }) => `${values.transport} ${values.compression}`;
const bySpanId = (rows: readonly Row[]) => rows.toSorted((a, b) => String(a.SpanId).localeCompare(String(b.SpanId)));

it(`${CASES.length} of ${CASES.length} spans, in which all ${pairCount(DIMENSIONS)} pairs of values meet, are stored field by field`, async () => {
  const stored = await openStored(engine);

  for (const cases of Map.groupBy(CASES, wayOf).values()) {
    const [first] = cases;
    if (first === undefined) continue;
    const spans = cases.map(({ n, values }) => readableSpan(n, values));
    expect(await exportOnce(traceExporter(first.values, stored), spans), wayOf(first)).toEqual({ code: 0 });
  }

  const rows = CASES.map(({ n, values }): Row => ({ ...EMPTY_LISTS, ...spanRow(n, values) }));
  expect(bySpanId(await stored.read('otel_traces'))).toEqual(bySpanId(rows));
});
