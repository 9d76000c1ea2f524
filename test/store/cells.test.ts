import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../model.ts';
import { NAMES_PER_SERVICE } from '../../store/cells.ts';
import type { Store } from '../../store/store.ts';
import { useEngine } from '../support/engine.ts';
import { plainCell } from '../support/plain-cells.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const HOUR = { startMs: T0_MS, endMs: T0_MS + 3_600_000 };

async function cellsOf(specs: readonly SpanSpec[], store?: Store): Promise<readonly Cell[]> {
  const into = store ?? (await tests.freshStore());
  await insertSpans(into, specs);
  return (await into.cells(HOUR)).map(plainCell);
}

/** Independent spans, one per case: each in a service of its own, so that one read answers all cases. */
async function derive<Case extends Partial<SpanSpec>>(cases: readonly Case[]): Promise<Map<number, Cell>> {
  const cells = await cellsOf(
    cases.map((one, i) => ({
      trace: `t${i}`,
      span: `s${i}`,
      service: `svc${i}`,
      name: 'op',
      startMs: i,
      durationMs: 1,
      ...one,
    })),
  );
  return new Map(cells.map((cell) => [Number(cell.service.slice(3)), cell]));
}

describe('the endpoint of a call', () => {
  const cases = [
    {
      kind: 'Server',
      name: 'GET',
      attributes: { 'http.request.method': 'GET', 'http.route': '/cart/{id}' },
      endpoint: 'GET /cart/{id}',
    },
    {
      kind: 'SPAN_KIND_SERVER',
      name: 'x',
      attributes: { 'http.method': 'POST', 'http.route': '/pay' },
      endpoint: 'POST /pay',
    },
    { kind: 'Server', name: 'x', attributes: { 'http.route': '/pay' }, endpoint: '/pay' },
    {
      kind: 'Server',
      name: 'x',
      attributes: { 'rpc.service': 'shop.Cart', 'rpc.method': 'Add' },
      endpoint: 'shop.Cart/Add',
    },
    { kind: 'Server', name: 'x', attributes: { 'rpc.method': 'shop.Cart/Add' }, endpoint: 'shop.Cart/Add' },
    {
      kind: 'Consumer',
      name: 'x',
      attributes: { 'messaging.destination.name': 'orders', 'messaging.operation.name': 'process' },
      endpoint: 'process orders',
    },
    {
      kind: 'Consumer',
      name: 'x',
      attributes: { 'messaging.destination.name': 'q-7', 'messaging.destination.template': 'q-{n}' },
      endpoint: 'q-{n}',
    },
    {
      kind: 'Client',
      name: 'GET',
      attributes: { 'http.request.method': 'GET', 'url.template': '/v1/{id}' },
      endpoint: 'GET /v1/{id}',
    },
    { kind: 'Client', name: 'SELECT orders', attributes: { 'db.system': 'postgresql' }, endpoint: 'SELECT orders' },
    { kind: 'Server', name: 'GET /users/12345/cart?page=2', endpoint: 'GET /users/{id}/cart' },
    { kind: 'Server', name: 'GET /o/7f3c1a90-1b2c-4d5e-8f90-0123456789ab', endpoint: 'GET /o/{id}' },
    { kind: 'Server', name: 'GET /t/0af7651916cd43dd8448eb211c80319c', endpoint: 'GET /t/{id}' },
    { kind: 'Server', name: 'GET /v2/feedback', endpoint: 'GET /v2/feedback' },
  ] as const;
  it('is the low-cardinality name that the span offers', async () => {
    const cells = await derive(cases.map(({ endpoint: _, ...spec }) => spec));
    expect(cases.map((_, i) => cells.get(i)?.endpoint)).toEqual(cases.map(({ endpoint }) => endpoint));
  });
});

describe('the peer of a call', () => {
  const cases: readonly [string, Partial<SpanSpec>, string][] = [
    [
      'the name in server.address',
      { attributes: { 'server.address': 'db.internal', 'server.port': '5432' } },
      'db.internal',
    ],
    ['net.peer.name of older conventions', { attributes: { 'net.peer.name': 'db.internal' } }, 'db.internal'],
    [
      'peer.service rather than an IP address',
      { attributes: { 'server.address': '10.2.3.4', 'peer.service': 'db' } },
      'db',
    ],
    ['the RPC service', { attributes: { 'rpc.service': 'shop.Cart', 'rpc.method': 'Add' } }, 'shop.Cart'],
    ['the database system', { attributes: { 'db.system.name': 'redis' } }, 'redis'],
    ['the messaging system', { kind: 'Producer', attributes: { 'messaging.system': 'kafka' } }, 'kafka'],
    [
      'an IP address with its port when there is nothing better',
      { attributes: { 'server.address': '10.2.3.4', 'server.port': '80' } },
      '10.2.3.4:80',
    ],
    [
      'localhost with its port when there is nothing better',
      { attributes: { 'server.address': 'localhost', 'server.port': '80' } },
      'localhost:80',
    ],
    ['an IPv6 address', { attributes: { 'server.address': '::1' } }, '::1'],
    ['nothing for a server span', { kind: 'Server', attributes: { 'server.address': 'me' } }, ''],
    ['nothing when nothing is known', {}, ''],
  ];
  it('is, by what the span says', async () => {
    const cells = await derive(cases.map(([, spec]) => ({ kind: 'Client' as const, ...spec })));
    expect(cases.map(([name], i) => [name, cells.get(i)?.peer])).toEqual(cases.map(([name, , peer]) => [name, peer]));
  });

  it('is the service that answered, also for the attempts that nobody answered', async () => {
    const call = {
      service: 'web',
      name: 'GET',
      kind: 'Client',
      attributes: { 'server.address': '127.0.0.1', 'server.port': '81' },
    } as const;
    const cells = await cellsOf([
      { ...call, trace: 't1', span: 'a', startMs: 0, durationMs: 9 },
      { trace: 't1', span: 'b', parent: 'a', service: 'cart', name: 'GET /', startMs: 1, durationMs: 5 },
      { ...call, trace: 't2', span: 'c', startMs: 20, durationMs: 1, status: 'Error' },
    ]);
    expect(cells.filter(({ kind }) => kind === 'CLIENT')).toMatchObject([{ peer: 'cart', calls: 2, errors: 1 }]);
  });
});

describe('the build and the instance', () => {
  const cases: readonly [Record<string, string>, { build: string; instance: string }][] = [
    [
      { 'process.executable.build_id.gnu': 'g', 'process.executable.build_id.go': 'o', 'service.version': '1' },
      { build: 'g', instance: '' },
    ],
    [
      { 'process.executable.build_id.htlhash': 'h', 'container.image.id': 'sha256:1' },
      { build: 'h', instance: '' },
    ],
    [
      { 'oci.manifest.digest': 'sha256:2', 'service.version': '1' },
      { build: 'sha256:2', instance: '' },
    ],
    [
      { 'artifact.hash': 'a', 'service.version': '1' },
      { build: 'a', instance: '' },
    ],
    [
      { 'service.version': '1', 'vcs.ref.head.revision': 'r' },
      { build: '1', instance: '' },
    ],
    [
      { 'vcs.ref.head.revision': 'r', 'host.name': 'n' },
      { build: 'r', instance: 'n' },
    ],
    [
      { 'service.instance.id': 'i', 'k8s.pod.name': 'p', 'host.name': 'n' },
      { build: '', instance: 'i' },
    ],
    [
      { 'k8s.pod.name': 'p', 'host.name': 'n' },
      { build: '', instance: 'p' },
    ],
  ];
  it('are the first that the resource names', async () => {
    const cells = await derive(cases.map(([resource]) => ({ resource })));
    expect(cases.map((_, i) => cells.get(i))).toMatchObject(cases.map(([, expected]) => expected));
  });
});

describe('an error', () => {
  const cases: readonly [Partial<SpanSpec>, number][] = [
    [{ status: 'Error' }, 1],
    [{ status: 'STATUS_CODE_ERROR' }, 1],
    [{ status: 'Ok' }, 0],
    [{ kind: 'Server', attributes: { 'http.response.status_code': '500' } }, 1],
    [{ kind: 'Server', attributes: { 'http.response.status_code': '404' } }, 0],
    [{ kind: 'Client', attributes: { 'http.response.status_code': '404' } }, 1],
    [{ kind: 'Client', attributes: { 'http.status_code': '302' } }, 0],
    [{ kind: 'Client', attributes: { 'rpc.grpc.status_code': '5' } }, 1],
    [{ kind: 'Server', attributes: { 'rpc.grpc.status_code': '5' } }, 0],
    [{ kind: 'Server', attributes: { 'rpc.grpc.status_code': '14' } }, 1],
    [{ kind: 'Server', attributes: { 'rpc.response.status_code': 'UNAVAILABLE' } }, 1],
    [{ kind: 'Client', attributes: { 'rpc.response.status_code': 'OK' } }, 0],
    [{ kind: 'Server', attributes: { 'http.response.status_code': 'abc' } }, 0],
  ];
  it('is what the status or the answer says, by kind', async () => {
    const cells = await derive(cases.map(([spec]) => spec));
    expect(cases.map(([spec], i) => [spec, cells.get(i)?.errors])).toEqual(cases);
  });

  it('is counted, but its duration is not', async () => {
    const [cell] = await cellsOf([
      { trace: 't', span: 'a', service: 's', name: 'op', startMs: 0, durationMs: 1, status: 'Error' },
      { trace: 't', span: 'b', service: 's', name: 'op', startMs: 0, durationMs: 1 },
    ]);
    expect(cell).toMatchObject({ calls: 2, errors: 1, durations: { counts: [1] } });
  });
});

describe('a retry', () => {
  const parent: SpanSpec = { trace: 't', span: 'p', service: 'web', name: 'GET /', startMs: 0, durationMs: 100_000 };
  const attempt = (span: string, startMs: number, durationMs: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
    ...{ trace: 't', span, parent: 'p', service: 'web', name: 'GET', kind: 'Client', startMs, durationMs },
    ...more,
    attributes: { 'server.address': 'cart', ...more.attributes },
  });
  const failed = { status: 'Error' } as const;
  const cases: readonly [string, readonly SpanSpec[], number][] = [
    ['repeats a call that failed', [attempt('a', 0, 10, failed), attempt('b', 20, 10)], 1],
    [
      'counts once for each further attempt',
      [attempt('a', 0, 10, failed), attempt('b', 20, 10, failed), attempt('c', 50, 9)],
      2,
    ],
    ['is none after a success', [attempt('a', 0, 10), attempt('b', 20, 10)], 0],
    [
      'is none in a loop over items with a failed one',
      [
        attempt('a', 0, 10, { ...failed, attributes: { 'url.full': 'http://cart/1' } }),
        attempt('b', 20, 10, { attributes: { 'url.full': 'http://cart/2' } }),
      ],
      0,
    ],
    ['is none when the calls overlap: that is a hedge', [attempt('a', 0, 10, failed), attempt('b', 5, 10)], 0],
    ['is none more than a minute later', [attempt('a', 0, 10, failed), attempt('b', 60_011, 10)], 0],
    ['is one up to a minute later, across slots', [attempt('a', 0, 10, failed), attempt('b', 60_010, 10)], 1],
    [
      'is none to another peer',
      [attempt('a', 0, 10, failed), attempt('b', 20, 10, { attributes: { 'server.address': 'ads' } })],
      0,
    ],
    ['is none under another parent', [attempt('a', 0, 10, failed), attempt('b', 20, 10, { parent: 'q' })], 0],
    ['is what says so', [attempt('a', 0, 10, { attributes: { 'http.request.resend_count': '1' } })], 1],
    [
      'is not a redirect followed',
      [
        attempt('a', 0, 10, { attributes: { 'http.response.status_code': '302' } }),
        attempt('b', 20, 10, { attributes: { 'server.address': 'other', 'http.request.resend_count': '1' } }),
      ],
      0,
    ],
    [
      'is not an answer to a challenge',
      [
        attempt('a', 0, 10, { attributes: { 'http.response.status_code': '401' } }),
        attempt('b', 20, 10, { attributes: { 'http.request.resend_count': '1' } }),
      ],
      0,
    ],
    [
      'does not hang on the failed attempt having been answered',
      [
        attempt('a', 0, 10, { ...failed, attributes: { 'server.address': '127.0.0.1' } }),
        attempt('b', 20, 10, { attributes: { 'server.address': '127.0.0.1' } }),
        { trace: 't', span: 'c', parent: 'b', service: 'cart', name: 'GET /', startMs: 21, durationMs: 5 },
      ],
      1,
    ],
  ];
  it('is told from other repetition', async () => {
    const cells = await cellsOf(
      cases.flatMap(([, specs], i) =>
        [parent, ...specs].map((spec) => ({
          ...spec,
          trace: `t${i}`,
          service: spec.service === 'web' ? `web${i}` : spec.service,
        })),
      ),
    );
    const counted = cases.map(([name], i) => {
      const ofCase = cells.filter(({ service, kind }) => service === `web${i}` && kind === 'CLIENT');
      const sum = (key: 'retries' | 'calls' | 'logicalCalls') => ofCase.reduce((total, cell) => total + cell[key], 0);
      expect(sum('logicalCalls')).toBe(sum('calls') - sum('retries'));
      return [name, sum('retries')];
    });
    expect(counted).toEqual(cases.map(([name, , retries]) => [name, retries]));
  });

  it('keeps the waits between the attempts of a call', async () => {
    const attempts = [attempt('a', 0, 10, failed), attempt('b', 30, 10, failed), attempt('c', 140, 9)];
    const [cell] = (await cellsOf([parent, ...attempts])).filter(({ kind }) => kind === 'CLIENT');
    const bucketOf = (ms: number) => Math.ceil(Math.log2(ms * 1e6) * 64) - 1;
    expect(cell?.retryGaps).toEqual({ buckets: [bucketOf(20), bucketOf(100)], counts: [1, 1] });
  });
});

describe('durations', () => {
  it('fall into the bucket that holds them: (2^(i/64), 2^((i+1)/64)]', async () => {
    const powers = Array.from({ length: 40 }, (_, i) => 2 ** i);
    const sampled = fc
      .sample(fc.double({ min: 0, max: 39, noNaN: true }), { numRuns: 300, seed: 7 })
      .map((e) => Math.round(2 ** e));
    const durations = [
      ...new Set([...powers, ...powers.map((p) => p + 1), ...powers.map((p) => Math.max(1, p - 1)), ...sampled]),
    ];
    const cells = await derive(durations.map((ns) => ({ durationMs: ns / 1e6 })));
    const wrong = durations.filter((ns, i) => {
      const bucket = cells.get(i)?.durations.buckets[0] ?? Number.NaN;
      const power = Math.log2(ns);
      // Whole numbers of nanoseconds meet an edge at powers of two only; the logarithm is exact there.
      return !(bucket / 64 < power && power <= (bucket + 1) / 64);
    });
    expect(wrong).toEqual([]);
  });

  it('of nothing count for the lowest bucket', async () => {
    expect((await derive([{ durationMs: 0 }])).get(0)?.durations).toEqual({ buckets: [-1], counts: [1] });
  });

  it('add up to sparse, ascending histograms', async () => {
    const [cell] = await cellsOf(
      [8, 1, 8, 2].map((durationMs, i) => ({
        trace: 't',
        span: `s${i}`,
        service: 's',
        name: 'op',
        startMs: i,
        durationMs,
      })),
    );
    expect(cell?.durations.counts).toEqual([1, 1, 2]);
    expect(cell?.durations.buckets).toEqual([...(cell?.durations.buckets ?? [])].sort((a, b) => a - b));
  });
});

describe('the variant', () => {
  const flagged = (span: string, key: string, variant: string, startMs = 0): SpanSpec => ({
    ...{ trace: 't', span, service: 's', name: 'op', startMs, durationMs: 1, instance: 'i' },
    attributes: { 'feature_flag.key': key, 'feature_flag.result.variant': variant },
  });
  const plain: SpanSpec = { trace: 't', span: 'z', service: 's', name: 'op', startMs: 5, durationMs: 1, instance: 'i' };
  const cases: readonly [string, readonly SpanSpec[], string][] = [
    ['is empty without flags', [plain], ''],
    ['is that of any span of the instance in the slot', [flagged('a', 'retry', 'fast'), plain], 'retry=fast'],
    ['is found on internal spans too', [{ ...flagged('a', 'retry', 'fast'), kind: 'Internal' }, plain], 'retry=fast'],
    ['lists flags in order of key', [flagged('a', 'z', '1'), flagged('b', 'a', '2'), plain], 'a=2,z=1'],
    [
      'is mixed when a flag changed within the slot',
      [flagged('a', 'f', 'on'), flagged('b', 'f', 'off'), plain],
      'mixed',
    ],
    ['is not that of another slot', [flagged('a', 'f', 'on', 60_000), plain], ''],
  ];
  it('is what the spans of the instance report within the slot', async () => {
    const cells = await cellsOf(
      cases.flatMap(([, specs], i) => specs.map((spec) => ({ ...spec, service: `s${i}`, trace: `t${i}` }))),
    );
    const found = cases.map(([name], i) => [
      name,
      cells.filter(({ service, slotMs }) => service === `s${i}` && slotMs === T0_MS).map(({ variant }) => variant),
    ]);
    expect(found).toEqual(cases.map(([name, , variant]) => [name, [variant]]));
  });
});

it('leaves internal spans out', async () => {
  expect(
    await cellsOf([{ trace: 't', span: 'a', service: 's', name: 'op', kind: 'Internal', startMs: 0, durationMs: 1 }]),
  ).toEqual([]);
});

it('drops repeats, and of different spans with one id counts the same whichever came first', async () => {
  const one: SpanSpec = { trace: 't', span: 'a', service: 's', name: 'op', startMs: 0, durationMs: 1 };
  const other: SpanSpec = { ...one, durationMs: 3 };
  const inOrder = await cellsOf([one, one, other]);
  const reversed = await cellsOf([other, one]);
  expect(inOrder).toMatchObject([{ calls: 1 }]);
  expect(reversed).toEqual(inOrder);
});

it('keeps the names with the most calls and puts the rest of a service under (other)', async () => {
  const specs = Array.from({ length: NAMES_PER_SERVICE + 5 }, (_, name) =>
    Array.from({ length: name < 5 ? 1 : 2 }, (_, repeat): SpanSpec => {
      const label = String.fromCharCode(97 + Math.floor(name / 26), 97 + (name % 26));
      return { trace: 't', span: `${name}.${repeat}`, service: 's', name: `op ${label}`, startMs: name, durationMs: 1 };
    }),
  ).flat();
  const cells = await cellsOf([
    ...specs,
    { trace: 't', span: 'x', service: 'quiet', name: 'op', startMs: 0, durationMs: 1 },
  ]);
  expect(cells.filter(({ service }) => service === 's')).toHaveLength(NAMES_PER_SERVICE + 1);
  expect(cells.filter(({ endpoint }) => endpoint === '(other)')).toMatchObject([
    { service: 's', calls: 5, durations: { counts: [5] } },
  ]);
  expect(cells.some(({ service, endpoint }) => service === 'quiet' && endpoint === 'op')).toBe(true);
});
