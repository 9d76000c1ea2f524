/** What one stored span says, as SQL expressions over the columns of otel_traces: who called what, on which build, and whether it failed. */

const span = (key: string) => `SpanAttributes['${key}']`;
const resource = (key: string) => `ResourceAttributes['${key}']`;
const firstOf = (...expressions: readonly string[]) =>
  `multiIf(${expressions.map((e) => `${e} != '', ${e}`).join(', ')}, '')`;
const listed = (values: readonly (string | number)[]) =>
  values.map((v) => (typeof v === 'string' ? `'${v}'` : `${v}`)).join(', ');

/** Seconds since the epoch at which the span's slot begins. Needs the parameter `width`. */
export const SLOT = 'toUInt32(intDiv(toUnixTimestamp(Timestamp), {width:UInt32}) * {width:UInt32})';

/** `Server`, `SPAN_KIND_SERVER` and `SERVER` are one kind. */
export const KIND = `upper(replaceOne(toString(SpanKind), 'SPAN_KIND_', ''))`;

/** Identity of the running build, the most exact first: build ids, image digests, artifact hash, version, revision. */
export const BUILD = firstOf(
  ...[
    'process.executable.build_id.gnu',
    'process.executable.build_id.go',
    'process.executable.build_id.htlhash',
    'container.image.id',
    'oci.manifest.digest',
    'artifact.hash',
    'service.artifact.hash',
    'service.version',
    'vcs.ref.head.revision',
  ].map(resource),
);

export const INSTANCE = firstOf(...['service.instance.id', 'k8s.pod.name', 'host.name'].map(resource));

/**
 * The span's name without what makes it unique: the query of a URL, and path segments or words that are numbers, UUIDs or
 * long hexadecimal ids. Evaluated once per distinct name.
 */
const PLAIN_NAME = `replaceRegexpAll(
  replaceRegexpAll(toString(SpanName), '\\\\?[^ ]*', ''),
  '\\\\b([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9]+|[0-9a-fA-F]*[0-9][0-9a-fA-F]{15,})\\\\b', '{id}')`;

const METHOD = firstOf(span('http.request.method'), span('http.method'));
const withMethod = (path: string) => `trimLeft(concat(${METHOD}, ' ', ${path}))`;

const RPC_NAME = `if(${span('rpc.service')} = '' OR position(${span('rpc.method')}, '/') > 0, ${span('rpc.method')}, concat(${span('rpc.service')}, '/', ${span('rpc.method')}))`;
const DESTINATION = firstOf(span('messaging.destination.template'), span('messaging.destination.name'));
const MESSAGING_NAME = `trimLeft(concat(${firstOf(span('messaging.operation.name'), span('messaging.operation'))}, ' ', ${DESTINATION}))`;

/** The operation of SERVER and CONSUMER spans, the name of the call for CLIENT and PRODUCER, the span's name otherwise. */
export const ENDPOINT = `multiIf(
  ${span('http.route')} != '', ${withMethod(span('http.route'))},
  ${span('url.template')} != '', ${withMethod(span('url.template'))},
  ${span('rpc.method')} != '', ${RPC_NAME},
  ${DESTINATION} != '', ${MESSAGING_NAME},
  ${PLAIN_NAME})`;

const ADDRESS = firstOf(span('server.address'), span('net.peer.name'));
const PORT = firstOf(span('server.port'), span('net.peer.port'));
/** An address that says where, not who: an instance's, and there may be thousands. */
const IS_LITERAL = (address: string) =>
  `(${address} = 'localhost' OR match(${address}, '^([0-9.]+|\\\\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\\\\]?)$'))`;

/** Whom a CLIENT or PRODUCER calls, by name. Empty for the others, and where only a literal address is known. */
export const NAMED_PEER = `if(${KIND} NOT IN ('CLIENT', 'PRODUCER'), '', multiIf(
  ${ADDRESS} != '' AND NOT ${IS_LITERAL(ADDRESS)}, ${ADDRESS},
  ${firstOf(...['peer.service', 'service.peer.name', 'rpc.service', 'db.system.name', 'db.system', 'messaging.system'].map(span))}))`;

/** The last resort, once the called service's own span does not name the peer either. */
export const LITERAL_PEER = `if(${KIND} NOT IN ('CLIENT', 'PRODUCER') OR ${ADDRESS} = '', '', if(${PORT} = '', ${ADDRESS}, concat(${ADDRESS}, ':', ${PORT})))`;

const HTTP_STATUS = `toUInt16OrZero(${firstOf(span('http.response.status_code'), span('http.status_code'))})`;
const RPC_STATUS = firstOf(span('rpc.grpc.status_code'), span('rpc.response.status_code'));
/** gRPC codes that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_FAULTS = listed([
  ...['2', '4', '12', '13', '14', '15'],
  ...['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'],
]);
const RPC_SUCCESS = listed(['', '0', 'OK']);

/** 1 for a failed call. Semantic conventions: HTTP 5xx fails a server span, 4xx and 5xx a client span; likewise gRPC. */
export const FAILED = `toUInt8(multiIf(
  StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR'), 1,
  ${HTTP_STATUS} > 0, ${HTTP_STATUS} >= if(${KIND} = 'CLIENT', 400, 500),
  ${KIND} = 'CLIENT', ${RPC_STATUS} NOT IN (${RPC_SUCCESS}),
  ${RPC_STATUS} IN (${SERVER_FAULTS})))`;

/** 1 for an answer after which the client sends again by protocol, not because the call failed. */
export const REDIRECTED = `toUInt8(${HTTP_STATUS} BETWEEN 300 AND 399 OR ${HTTP_STATUS} = 401)`;
export const RESENT = `toUInt8(toUInt32OrZero(${span('http.request.resend_count')}) > 0)`;
/** What exactly was asked for, as far as telemetry says: calls for different items are a loop, not retries. */
export const TARGET = `cityHash64(${firstOf(span('url.full'), span('http.url'))}, ${span('db.query.text')})`;

/**
 * Bucket of a duration: i for (2^(i/64), 2^((i+1)/64)] nanoseconds. Powers of two are bucket edges and would depend on the
 * rounding of the logarithm; 0 ns counts as 1 ns.
 */
export const bucketOf = (durationNs: string) => `toInt32(if(bitCount(${durationNs}) <= 1,
  64 * round(log2(greatest(${durationNs}, 1))), ceil(64 * log2(${durationNs})))) - 1`;

export const FLAG = span('feature_flag.key');
export const FLAG_VARIANT = firstOf(span('feature_flag.result.variant'), span('feature_flag.variant'));
