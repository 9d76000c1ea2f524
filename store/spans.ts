/**
 * What one stored span says, as SQL expressions over the columns of otel_traces: who called what, on which build, and whether
 * it failed. Each level names what the next one uses, so that an attribute is looked up once: attributes, PARTS, FACTS.
 */

/** '' where the key is missing. A fifth of the cost of `map[key]`: the key is looked for in the dictionary of keys. */
const attribute = (map: string, key: string) => `mapValues(${map})[indexOf(mapKeys(${map}), '${key}')]`;
const span = (key: string) => attribute('SpanAttributes', key);
const resource = (key: string) => attribute('ResourceAttributes', key);
const firstOf = (...expressions: readonly string[]) =>
  `multiIf(${expressions.map((e) => `${e} != '', ${e}`).join(', ')}, '')`;
const listed = (values: readonly (string | number)[]) =>
  values.map((v) => (typeof v === 'string' ? `'${v}'` : `${v}`)).join(', ');

/** Seconds since the epoch at which the span's slot begins. Needs the parameter `width`. */
export const SLOT = 'toUInt32(intDiv(toUnixTimestamp(Timestamp), {width:UInt32}) * {width:UInt32})';

/**
 * A number of seconds since the epoch, to compare Timestamp with. Not `toDateTime`: ClickHouse 26.7 reads `< 10:00:00` as
 * `<= 09:59:59` when it chooses parts and granules, and leaves out those that begin within that last second.
 */
export const instant = (seconds: string) => `fromUnixTimestamp64Nano(toInt64(${seconds}) * 1000000000)`;

/** `Server`, `SPAN_KIND_SERVER` and `SERVER` are one kind. */
export const KIND = `upper(replaceOne(toString(SpanKind), 'SPAN_KIND_', ''))`;

/** Identity of the running build, the most exact first: build ids, image digests, artifact hash, version, revision. */
const BUILD_KEYS = [
  'process.executable.build_id.gnu',
  'process.executable.build_id.go',
  'process.executable.build_id.htlhash',
  'container.image.id',
  'oci.manifest.digest',
  'artifact.hash',
  'service.artifact.hash',
  'service.version',
  'vcs.ref.head.revision',
];
const INSTANCE_KEYS = ['service.instance.id', 'k8s.pod.name', 'host.name'];
export const INSTANCE = firstOf(...INSTANCE_KEYS.map(resource));

const PEER_KEYS = [
  'peer.service',
  'service.peer.name',
  'rpc.service',
  'db.system.name',
  'db.system',
  'messaging.system',
];
const SPAN_KEYS = [
  ...['http.request.method', 'http.method', 'http.route', 'url.template', 'rpc.method', 'url.full', 'http.url'],
  ...[
    'messaging.destination.template',
    'messaging.destination.name',
    'messaging.operation.name',
    'messaging.operation',
  ],
  ...['server.address', 'net.peer.name', 'server.port', 'net.peer.port', 'db.query.text', 'http.request.resend_count'],
  ...['http.response.status_code', 'http.status_code', 'rpc.grpc.status_code', 'rpc.response.status_code'],
  ...PEER_KEYS,
];

/** The name of the column that holds an attribute. */
const held = (key: string) => key.replaceAll('.', '_');
const heldFirst = (...keys: readonly string[]) => firstOf(...keys.map(held));

const columns = (expressions: Readonly<Record<string, string>>) =>
  Object.entries(expressions)
    .map(([name, expression]) => `${expression} AS ${name}`)
    .join(',\n  ');
const looked = (keys: readonly string[], valueAt: (key: string) => string) =>
  columns(Object.fromEntries(keys.map((key) => [held(key), valueAt(key)])));

/**
 * The span's name without what makes it unique: the query of a URL, and path segments or words that are numbers, UUIDs or
 * long hexadecimal ids. Evaluated once per distinct name.
 */
const PLAIN_NAME = `replaceRegexpAll(
  replaceRegexpAll(toString(SpanName), '\\\\?[^ ]*', ''),
  '\\\\b([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9]+|[0-9a-fA-F]*[0-9][0-9a-fA-F]{15,})\\\\b', '{id}')`;

/** Who and when, as stored. */
const STORED = {
  slot: SLOT,
  trace: 'TraceId',
  span: 'SpanId',
  parent: 'ParentSpanId',
  service: 'ServiceName',
  kind: KIND,
  start_ns: 'toUnixTimestamp64Nano(Timestamp)',
  duration_ns: 'Duration',
  status: 'StatusCode',
  plain_name: PLAIN_NAME,
} as const;

const PARTS = {
  method: heldFirst('http.request.method', 'http.method'),
  path: heldFirst('http.route', 'url.template'),
  destination: heldFirst('messaging.destination.template', 'messaging.destination.name'),
  operation: heldFirst('messaging.operation.name', 'messaging.operation'),
  address: heldFirst('server.address', 'net.peer.name'),
  port: heldFirst('server.port', 'net.peer.port'),
  http_status: `toUInt16OrZero(${heldFirst('http.response.status_code', 'http.status_code')})`,
  rpc_status: heldFirst('rpc.grpc.status_code', 'rpc.response.status_code'),
  peer_word: heldFirst(...PEER_KEYS),
  makes_call: `kind IN ('CLIENT', 'PRODUCER')`,
} as const;

/** The operation of SERVER and CONSUMER spans, the name of the call for CLIENT and PRODUCER, the span's name otherwise. */
const ENDPOINT = `multiIf(
  path != '', trimLeft(concat(method, ' ', path)),
  rpc_method != '', if(rpc_service = '' OR position(rpc_method, '/') > 0, rpc_method, concat(rpc_service, '/', rpc_method)),
  destination != '', trimLeft(concat(operation, ' ', destination)),
  plain_name)`;

/** An address that says where, not who: an instance's, and there may be thousands. */
const IS_LITERAL = `(address = 'localhost' OR match(address, '^([0-9.]+|\\\\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\\\\]?)$'))`;

/** Whom a CLIENT or PRODUCER calls, by name. Empty for the others, and where only a literal address is known. */
const NAMED_PEER = `multiIf(NOT makes_call, '', address != '' AND NOT ${IS_LITERAL}, address, peer_word)`;

/** The last resort, once the called service's own span does not name the peer either. */
const LITERAL_PEER = `multiIf(NOT makes_call OR address = '', '', port = '', address, concat(address, ':', port))`;

/** gRPC codes that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_FAULTS = listed([
  ...['2', '4', '12', '13', '14', '15'],
  ...['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'],
]);
const RPC_SUCCESS = listed(['', '0', 'OK']);

/** 1 for a failed call. Semantic conventions: HTTP 5xx fails a server span, 4xx and 5xx a client span; likewise gRPC. */
const FAILED = `toUInt8(multiIf(
  status IN ('Error', 'STATUS_CODE_ERROR', 'ERROR'), 1,
  http_status > 0, http_status >= if(kind = 'CLIENT', 400, 500),
  kind = 'CLIENT', rpc_status NOT IN (${RPC_SUCCESS}),
  rpc_status IN (${SERVER_FAULTS})))`;

/** 1 for an answer after which the client sends again by protocol, not because the call failed. */
const REDIRECTED = 'toUInt8(http_status BETWEEN 300 AND 399 OR http_status = 401)';
const RESENT = 'toUInt8(toUInt32OrZero(http_request_resend_count) > 0)';
/** What exactly was asked for, as far as telemetry says: calls for different items are a loop, not retries. */
const TARGET = `cityHash64(${heldFirst('url.full', 'http.url')}, db_query_text)`;

/** What Hinge makes of a span, in the order that decides between two different spans with the same ids. */
const FACTS = {
  parent: 'parent',
  service: 'service',
  kind: 'kind',
  endpoint: ENDPOINT,
  named_peer: NAMED_PEER,
  literal_peer: LITERAL_PEER,
  build: heldFirst(...BUILD_KEYS),
  instance: heldFirst(...INSTANCE_KEYS),
  start_ns: 'start_ns',
  duration_ns: 'duration_ns',
  failed: FAILED,
  redirected: REDIRECTED,
  resent: RESENT,
  target: TARGET,
} as const;
export const FACT_NAMES = Object.keys(FACTS);

/** Slot, ids and facts of the spans that a condition on otel_traces selects, repeats included. */
export const factsOf = (where: string) => `SELECT slot, trace, span, ${columns(FACTS)}
FROM (SELECT *, ${columns(PARTS)}
FROM (SELECT ${columns(STORED)},
  ${looked(SPAN_KEYS, span)},
  ${looked([...BUILD_KEYS, ...INSTANCE_KEYS], resource)}
FROM otel_traces WHERE ${where}))`;

/**
 * Bucket of a duration: i for (2^(i/64), 2^((i+1)/64)] nanoseconds. Powers of two are bucket edges and would depend on the
 * rounding of the logarithm; 0 ns counts as 1 ns.
 */
export const bucketOf = (durationNs: string) => `toInt32(if(bitCount(${durationNs}) <= 1,
  64 * round(log2(greatest(${durationNs}, 1))), ceil(64 * log2(${durationNs})))) - 1`;

/** How many there are of each distinct value of a sorted array: the distances between the places where one begins. */
export const runLengths = (sorted: string) => `CAST(arrayPopFront(arrayDifference(arrayPushBack(
  arrayFilter((i, step) -> i = 1 OR step != 0, arrayEnumerate(${sorted}), arrayDifference(${sorted})), toUInt32(length(${sorted}) + 1)))), 'Array(UInt64)')`;

/** Cheap to ask: reads the keys alone. */
export const HAS_FLAG = `has(mapKeys(SpanAttributes), 'feature_flag.key')`;
export const FLAG = span('feature_flag.key');
export const FLAG_VARIANT = firstOf(span('feature_flag.result.variant'), span('feature_flag.variant'));
