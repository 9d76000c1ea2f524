/** Metrics of the real SDK and exporters over three transports, read back from the real engine: every pair of what is measured and how it is sent. */

import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, it, onTestFinished } from 'vitest';
import type { TelemetryTable } from '../../model.ts';
import { everyPair, pairCount } from '../support/combinations.ts';
import { useEngine } from '../support/engine.ts';
import type { Row } from '../support/native.ts';
import { metricRows } from './exporter-metric-rows.ts';
import { METRIC_DIMENSIONS, type MetricCase, makeInstrument, viewsOf } from './exporter-metrics.ts';
import { RESOURCE } from './exporter-spans.ts';
import { type MetricExporter, metricExporter, WAYS, type Way } from './exporter-ways.ts';
import { openStored } from './stored.ts';

const engine = useEngine();

const DIMENSIONS = { ...WAYS, ...METRIC_DIMENSIONS };
const CASES = everyPair(DIMENSIONS).map((values, i) => ({ name: `metric ${i + 1}`, values }));

/** Those of one transport, compression and temporality are measured by one SDK. */
const sdkOf = ({ values }: MetricCase & { values: Way }) =>
  `${values.transport} ${values.compression} ${values.temporality}`;

/** Hands out what was measured; nothing leaves by itself. */
class Reader extends MetricReader {
  protected override onForceFlush = async () => {};
  protected override onShutdown = async () => {};
}

/** Records all, exports, records all again, exports: cumulative sums grow, deltas start anew. Returns what was exported. */
async function measureTwice(cases: readonly MetricCase[], exporter: MetricExporter): Promise<ResourceMetrics[]> {
  const reader = new Reader({
    aggregationTemporalitySelector: (instrument) => exporter.selectAggregationTemporality(instrument),
  });
  const provider = new MeterProvider({ resource: RESOURCE, readers: [reader], views: viewsOf(cases) });
  onTestFinished(async () => {
    await provider.shutdown();
    await exporter.shutdown();
  });
  const recordAll = cases.map((each) => {
    const { name, version, schemaUrl } = each.values.scope;
    return makeInstrument(each, provider.getMeter(name, version, { schemaUrl }));
  });
  const exported: ResourceMetrics[] = [];
  for (let round = 0; round < 2; round++) {
    for (const record of recordAll) record();
    const { resourceMetrics } = await reader.collect();
    const result = await new Promise((resolve) => exporter.export(resourceMetrics, resolve));
    expect(result).toEqual({ code: 0 });
    exported.push(resourceMetrics);
  }
  return exported;
}

const storedAttributes = new Map(CASES.map(({ name, values }) => [name, values.attributes[1]]));
const keyOf = (row: Row) => `${row.MetricName} ${row.TimeUnix}`;
const sorted = (rows: readonly Row[]) => rows.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));

it(`${CASES.length} of ${CASES.length} metrics, in which all ${pairCount(DIMENSIONS)} pairs of values meet, are stored field by field, at each of two exports`, async () => {
  const stored = await openStored(engine);
  const expected: (readonly [TelemetryTable, Row])[] = [];

  for (const cases of Map.groupBy(CASES, sdkOf).values()) {
    const [first] = cases;
    if (first === undefined) continue;
    const exporter = metricExporter(first.values, stored, first.values.temporality);
    for (const exported of await measureTwice(cases, exporter))
      expected.push(...metricRows(exported, (name) => storedAttributes.get(name)));
  }

  expect(expected).toHaveLength(2 * CASES.length);
  const byTable = Map.groupBy(expected, ([table]) => table);
  expect(byTable.size).toBe(4);
  for (const [table, rows] of byTable)
    expect(sorted(await stored.read(table)), table).toEqual(sorted(rows.map(([, row]) => row)));
});
