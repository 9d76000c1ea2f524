/** Spans for the sealing bench, made inside the engine: whole traces of 2 to 12 spans, spread evenly over slots of 60 s. */
import type { Database } from '../store/connect.ts';

/** 2026-03-02T10:00:00Z. */
export const FIRST_SLOT = 1_772_445_600;
const SPANS_PER_TRACE = 7;
const TRACES_PER_INSERT = 16_000;

export interface Load {
  readonly spans: number;
  readonly slots: number;
}

/** A random number below `n`, the same for the same trace, span and salt. */
const below = (n: number, salt: string, span = 'i') => `(cityHash64(t, ${span}, '${salt}') % ${n})`;
const id = (span: string) => `substring(lower(hex(sipHash128(t, ${span}))), 1, 16)`;
/** Service of the SERVER span that a span belongs to: CLIENT spans (odd) run in the service of their parent. */
const service = (server: string) => `((cityHash64(t, 'service') + intDiv(${server}, 2)) % 20)`;
const text = (number: string, prefix: string) => `concat('${prefix}', toString(${number}))`;
const isRetried = `${below(50, 'retry', 'i + 2')} = 0 AND i + 2 < n`;

/**
 * Span 0 serves the request. Odd spans are calls made by an earlier server span; the even span after one answers it. One
 * call in fifty repeats the call before it, which failed; one in ten goes to a database and the span after it is internal
 * work; one in ten knows its callee by address only.
 */
const SPAN = `SELECT t, i, n, i % 2 = 1 AS is_call, i > 0 AND NOT is_call AND ${below(10, 'database', 'i - 1')} = 0 AS is_work,
  if(is_call AND i > 2 AND ${below(50, 'retry')} = 0, i - 2, i) AS like, is_call AND ${below(10, 'database', 'like')} = 0 AS to_database,
  if(is_call, intDiv(${below(4096, 'parent', 'like')} % (like + 1), 2) * 2, i - 1) AS parent,
  if(is_call, ${service('parent')}, ${service('i')}) AS service,
  if(is_call, ${service('like + 1')}, service) AS callee,
  ${below(25, 'endpoint', 'if(is_call, like + 1, i)')} AS endpoint,
  ${below(6, 'instance', 'service')} AS instance,
  ${below(60, 'failed', 'if(is_call, i, i - 1)')} = 0 OR (is_call AND ${isRetried}) AS failed,
  is_call AND ${below(10, 'address', 'like')} = 0 AS by_address,
  {first:UInt32} * 1000000000 + intDiv(t * {slots:UInt32} * 60000000000, {traces:UInt64}) + i * 2000000 AS start_ns,
  toUInt64(exp(12.5 + 3 * (${below(1000, 'a')} + ${below(1000, 'b')}) / 1000)) AS duration_ns
FROM (SELECT number AS t, toUInt8(2 + cityHash64(t) % 11) AS n, arrayJoin(range(n)) AS i
  FROM numbers({begin:UInt64}, {count:UInt64}))`;

const ATTRIBUTES = `map(
  'http.request.method', if(endpoint % 2 = 0, 'GET', 'POST'),
  if(is_call, 'url.template', 'http.route'), concat('/api/v1/service-', toString(callee), '/operation-', toString(endpoint), '/{id}'),
  'server.address', if(by_address, ${text('callee', '10.2.3.')}, ${text('callee', 'service-')}),
  'server.port', '8080',
  'http.response.status_code', if(failed, '503', '200'),
  'url.scheme', 'http', 'network.protocol.version', '1.1',
  if(is_call, 'url.full', 'url.path'), concat('http://service/api/v1/operation/', toString(${below(1_000_000, 'item', 'like')})),
  'user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) hinge-bench/1.0',
  'client.address', ${text(below(250, 'client'), '10.9.8.')},
  'thread.id', toString(${below(64, 'thread')}), 'thread.name', ${text(below(64, 'thread'), 'worker-')})`;

const RESOURCE = `map(
  'service.name', ${text('service', 'service-')}, 'service.namespace', 'shop', 'service.version', '1.4.2',
  'service.instance.id', concat('service-', toString(service), '-', toString(instance)),
  'host.name', ${text('instance', 'node-')}, 'host.arch', 'amd64', 'os.type', 'linux', 'k8s.namespace.name', 'shop',
  'k8s.pod.name', concat('pod-', toString(service), '-', toString(instance)), 'deployment.environment.name', 'production',
  'telemetry.sdk.language', 'go', 'telemetry.sdk.version', '1.40.0')`;

const INSERT = `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName,
  ResourceAttributes, ScopeName, SpanAttributes, Duration, StatusCode)
SELECT fromUnixTimestamp64Nano(toInt64(start_ns)), lower(hex(sipHash128(t))), ${id('i')}, if(i = 0, '', ${id('parent')}),
  if(endpoint % 2 = 0, 'GET', 'POST'), multiIf(is_call, 'Client', is_work, 'Internal', 'Server'), ${text('service', 'service-')},
  ${RESOURCE}, 'bench', mapUpdate(
    if(to_database, map('db.system.name', 'postgresql'), CAST(map(), 'Map(String, String)')), ${ATTRIBUTES}),
  duration_ns, if(failed, 'Error', 'Unset')
FROM (${SPAN})`;

/** Fills otel_traces; about `spans` rows. */
export async function insertLoad(database: Database, { spans, slots }: Load): Promise<void> {
  const traces = Math.max(1, Math.round(spans / SPANS_PER_TRACE));
  for (let begin = 0; begin < traces; begin += TRACES_PER_INSERT) {
    await database.run({
      sql: INSERT,
      parameters: { first: FIRST_SLOT, slots, traces, begin, count: Math.min(TRACES_PER_INSERT, traces - begin) },
      doing: 'make spans for the bench',
    });
  }
}

/** Stores every `oneIn`-th span, by a hash of its ids, a second time. */
export async function insertRepeats(database: Database, oneIn: number): Promise<void> {
  await database.run({
    sql: 'INSERT INTO otel_traces SELECT * FROM otel_traces WHERE cityHash64(TraceId, SpanId) % {oneIn:UInt32} = 0',
    parameters: { oneIn },
    doing: 'repeat spans for the bench',
  });
}
