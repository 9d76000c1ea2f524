/**
 * The facts that the collector writes beside a span are those that their definition in SQL makes of the span as it is stored,
 * whatever the attributes say: sealing may read either.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BUILD_KEYS, FLAG_KEY, INSTANCE_KEYS, SPAN_KEYS } from '../../semantics.ts';
import { FACTS } from '../../store/facts.ts';
import { useEngine } from '../support/engine.ts';
import { postJson } from '../support/otlp.ts';
import { openStored, type Stored } from './stored.ts';

const engine = useEngine();

const KEYS = [...new Set([...Object.values(SPAN_KEYS).flat(), FLAG_KEY])];
const RESOURCE_KEYS = [...BUILD_KEYS, ...INSTANCE_KEYS];

const TEXTS = [
  ...[
    '',
    ' ',
    '  two spaces',
    'a name',
    'späße',
    '\u0000',
    'GET',
    'pkg.Service',
    'pkg.Service/Method',
    '/users/{id}',
    ' /x',
  ],
  ...[
    'localhost',
    'Localhost',
    'localhos',
    '10.0.0.1',
    '10.0.0.1 ',
    '::1',
    '[fe80::1]',
    '[::1',
    'cafe',
    'c:a',
    'cafe.example',
    '1.2.3.x',
    '[',
    ':',
  ],
  ...['99', '100', '302', '399', '401', '499', '500', '599', '600', '0500', '+50', '5 0', '1e2', '200\n', '٥٠٠'],
  ...[
    '0',
    '00',
    '1',
    '01',
    '+1',
    '-1',
    '1.0',
    '99999999999999999999',
    'OK',
    'ok',
    '2',
    '4',
    '12',
    'UNAVAILABLE',
    'INTERNAL',
  ],
  'https://shop.example/items/17?page=2',
  'x'.repeat(200),
];
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS).map((stringValue) => ({ stringValue })) },
  fc.string({ unit: 'grapheme' }).map((stringValue) => ({ stringValue })),
  {
    weight: 3,
    arbitrary: fc
      .oneof(fc.constantFrom(-1, 0, 1, 2, 4, 302, 399, 400, 401, 404, 499, 500, 503), fc.integer({ min: -1, max: 700 }))
      .map((intValue) => ({ intValue: String(intValue) })),
  },
  fc.double().map((doubleValue) => ({ doubleValue: Number.isFinite(doubleValue) ? doubleValue : 0 })),
  fc.boolean().map((boolValue) => ({ boolValue })),
);
/** Keys may come twice. */
const attributes = (keys: readonly string[], maxLength: number) =>
  fc.array(fc.record({ key: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, fc.string()), value }), {
    maxLength,
  });

const NAMES = [
  ...[
    '',
    'GET',
    'GET /users/17',
    'GET /users/17?page=2 more',
    'a-1-b 22 c3',
    'job 123e4567-e89b-12d3-a456-426614174000',
    '?',
  ],
  ...['commit 0123456789abcdef0123', 'deadbeefdeadbeef', 'deadbeefdeadbeef1', 'é17', '17é 1_7', '1'.repeat(40)],
];
const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'grapheme' }));
const id = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw) => Buffer.from(raw).toString('hex'));
const span = fc.record({
  traceId: id(16),
  spanId: id(8),
  name,
  kind: fc.nat(6),
  startTimeUnixNano: fc.constant('1772445600000000000'),
  endTimeUnixNano: fc.constant('1772445600000000001'),
  attributes: attributes(KEYS, 12),
  status: fc.record({ code: fc.constantFrom(0, 0, 0, 1, 2) }),
});
const request = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes: attributes(RESOURCE_KEYS, 6) }),
      scopeSpans: fc.array(fc.record({ spans: fc.array(span, { minLength: 1, maxLength: 40 }) }), {
        minLength: 1,
        maxLength: 2,
      }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

async function disagreements({ query }: Stored): Promise<unknown[]> {
  const facts = Object.entries(FACTS);
  const differing = facts.map(([column, { sql }]) => `if(${column} = ${sql}, '', '${column}')`);
  return query(`SELECT ${facts.map(([column]) => column).join(', ')}, SpanName, SpanKind, StatusCode, SpanAttributes, ResourceAttributes,
  arrayFilter(column -> column != '', [${differing.join(', ')}]) AS wrong
FROM otel_traces WHERE notEmpty(wrong) LIMIT 3`);
}

it('are the same for any span', async () => {
  const stored = await openStored(engine);
  const requests = fc.sample(request, { seed: 41, numRuns: 300 });
  for (const each of requests) expect((await postJson(`${stored.url}/v1/traces`, each)).status).toBe(200);

  expect(await disagreements(stored)).toEqual([]);
  const [kinds] = await stored.query(`SELECT count() > 5000 AS many, uniqExact(HingeMarks) > 16 AS marks,
  uniqExact(HingeEndpoint) > 100 AS endpoints, uniqExact(HingePeer) > 20 AS peers, uniqExact(HingeBuild) > 20 AS builds,
  uniqExact(HingeTarget) > 20 AS targets FROM otel_traces`);
  expect(kinds).toEqual({ many: 1, marks: 1, endpoints: 1, peers: 1, builds: 1, targets: 1 });
});

it('are worked out by the engine where an insert leaves them out', async () => {
  const stored = await openStored(engine);
  for (const each of fc.sample(request, { seed: 42, numRuns: 20 })) await postJson(`${stored.url}/v1/traces`, each);
  const read = () => stored.query(`SELECT SpanId, ${Object.keys(FACTS).join(', ')} FROM otel_traces ORDER BY SpanId`);
  const written = await read();
  await stored.query('CREATE TABLE moved AS otel_traces');
  await stored.query('INSERT INTO moved SELECT * FROM otel_traces');
  await stored.query('EXCHANGE TABLES moved AND otel_traces');

  expect(await read()).toEqual(written);
});
