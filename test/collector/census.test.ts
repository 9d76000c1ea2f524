/** Names and keys without end: what is kept, what becomes one, and what the sender is told. */

import { expect, it } from 'vitest';
import { Census, type Overflow } from '../../collector/census.ts';
import { metricsRequest, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { decodeRequest } from './support.ts';

const LIMITS = { maxServices: 3, maxNamesPerService: 3, maxKeysPerService: 4 };
const span = (id: number, name: string, attributes = {}) => ({
  traceId: traceId(1),
  spanId: spanId(id),
  name,
  startMs: 0,
  durationMs: 1,
  attributes,
});
const numbered = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

it('span names of a service beyond the cap become one; other services keep theirs', () => {
  const items = numbered(10, 'name ').map((name, i) => span(i + 1, name));
  const { rows, accepted, truncated, message } = decodeRequest(
    tracesRequest([
      { service: 'a', items },
      { service: 'b', items: [span(20, 'own'), span(21, 'name 1')] },
    ]),
    'protobuf',
    LIMITS,
  );

  expect(rows.map((row) => row.SpanName)).toEqual([
    ...numbered(3, 'name '),
    ...Array(7).fill('(other)'),
    'own',
    'name 1',
  ]);
  expect({ accepted, truncated, message }).toEqual({
    accepted: 12,
    truncated: 7,
    message: '7 values or attributes cut at the limits',
  });
});

it('a name that was kept stays, however many come after it', () => {
  const items = [span(1, 'first'), ...numbered(50, 'x').map((name, i) => span(i + 2, name)), span(99, 'first')];
  const { rows } = decodeRequest(tracesRequest([{ service: 'a', items }]), 'protobuf', LIMITS);

  expect(rows.at(-1)?.SpanName).toBe('first');
});

it('attribute keys of a service beyond the cap become one', () => {
  const attributes = Object.fromEntries(numbered(6, 'key ').map((key, i) => [key, i]));
  const { rows, truncated } = decodeRequest(
    tracesRequest([{ service: 'a', items: [span(1, 'x', attributes)] }]),
    'protobuf',
    LIMITS,
  );

  expect(rows[0]?.SpanAttributes).toEqual({ 'key 0': '0', 'key 1': '1', 'key 2': '2', 'key 3': '3', '(other)': '5' });
  expect(truncated).toBe(2);
});

it('services beyond the cap become one', () => {
  const services = numbered(5, 'service ').map((service, i) => ({ service, items: [span(i + 1, 'x')] }));
  const { rows } = decodeRequest(tracesRequest(services), 'protobuf', LIMITS);

  expect(rows.map((row) => row.ServiceName)).toEqual([...numbered(3, 'service '), '(other)', '(other)']);
});

it('metric names beyond the cap become one', () => {
  const items = numbered(5, 'metric ').map((name) => ({
    name,
    gauge: { dataPoints: [{ timeUnixNano: '1', asInt: '1' }] },
  }));
  const { rows } = decodeRequest(metricsRequest([{ service: 'a', items }]), 'protobuf', LIMITS);

  expect(rows.map((row) => row.MetricName)).toEqual([...numbered(3, 'metric '), '(other)', '(other)']);
});

it('a census begins anew after a day', () => {
  const census = new Census(LIMITS);
  census.renew(1_000);
  const admitted = () => numbered(5, 'n').filter((name) => census.admitsName(name)).length;

  expect(admitted()).toBe(3);
  census.renew(1_000 + 86_399_999);
  expect(census.admitsName('new')).toBe(false);
  census.renew(1_000 + 86_400_000);
  expect(census.admitsName('new')).toBe(true);
});

it('keeps no more than 100,000 texts, whatever the caps', () => {
  const census = new Census({ maxServices: 10, maxNamesPerService: 1_000_000, maxKeysPerService: 10 });

  expect(numbered(100_010, 'n').filter((name) => census.admitsName(name))).toHaveLength(100_000);
});

it('keeps no more than 8 Mi characters, however long the texts are', () => {
  const census = new Census({ maxServices: 10, maxNamesPerService: 10_000, maxKeysPerService: 10 });
  const long = numbered(1_000, 'x'.repeat(16_000));

  expect(long.filter((name) => census.admitsName(name)).length * 16_000).toBeLessThan(8 * 2 ** 20);
  expect(census.admitsName(long[0] ?? '')).toBe(true);
  expect(census.admitsName('another')).toBe(true);
});

it('tells once a day what there is too much of, and whose it is', () => {
  const told: Overflow[] = [];
  const census = new Census(LIMITS, (overflow) => told.push(overflow));
  const overflow = () => {
    for (const service of ['a', 'b']) {
      census.admitsService(service);
      census.service = service;
      for (const name of numbered(9, `${service} `)) census.admitsName(name);
    }
    for (const key of numbered(9, 'key ')) census.admitsKey(key);
    for (const key of numbered(9, 'key ')) census.admitsResourceKey(key);
    for (const service of numbered(9, 'service ')) census.admitsService(service);
  };
  const everything = [
    { what: 'names', service: 'a', cap: 3 },
    { what: 'names', service: 'b', cap: 3 },
    { what: 'attribute keys', service: 'b', cap: 4 },
    { what: 'resource attribute keys', cap: 4 },
    { what: 'services', cap: 3 },
  ];

  census.renew(0);
  overflow();
  overflow();
  expect(told).toEqual(everything);
  census.renew(86_400_000);
  overflow();
  expect(told).toEqual([...everything, ...everything]);
});
