/**
 * What Hinge makes of a single span, as SQL expressions over the columns of the Collector exporter's otel_traces. They are
 * the definition. Hinge's own table stores their values beside each span, because reading the attributes of every span is
 * what costs: the collector writes them (collector/spans/facts.ts), and the engine where an insert leaves them out. Of other
 * tables they are worked out whenever spans are read.
 */

import { BUILD_KEYS, FLAG_KEY, INSTANCE_KEYS, MARKS, RPC_SERVER_FAULTS, RPC_SUCCESS, SPAN_KEYS } from '../semantics.ts';

/** '' where the key is missing. A fifth of the cost of `map[key]`: the key is looked for in the dictionary of keys. */
const attribute = (map: string, key: string) => `mapValues(${map})[indexOf(mapKeys(${map}), '${key}')]`;
const span = (key: string) => attribute('SpanAttributes', key);
const firstOf = (...expressions: readonly string[]) =>
  `multiIf(${expressions.map((e) => `${e} != '', ${e}`).join(', ')}, '')`;
const firstSpan = (...keys: readonly string[]) => firstOf(...keys.map(span));
const firstResource = (...keys: readonly string[]) => firstOf(...keys.map((k) => attribute('ResourceAttributes', k)));
const listed = (values: readonly string[]) => values.map((v) => `'${v}'`).join(', ');

/** `Server`, `SPAN_KIND_SERVER` and `SERVER` are one kind. */
export const KIND = `upper(replaceOne(toString(SpanKind), 'SPAN_KIND_', ''))`;
const MAKES_CALL = `${KIND} IN ('CLIENT', 'PRODUCER')`;

const METHOD = firstSpan(...SPAN_KEYS.method);
const PATH = firstSpan(...SPAN_KEYS.path);
const RPC_METHOD = firstSpan(...SPAN_KEYS.rpcMethod);
const RPC_SERVICE = firstSpan(...SPAN_KEYS.rpcService);
const DESTINATION = firstSpan(...SPAN_KEYS.destination);
const OPERATION = firstSpan(...SPAN_KEYS.operation);
const ADDRESS = firstSpan(...SPAN_KEYS.address);
const PORT = firstSpan(...SPAN_KEYS.port);
const PEER_WORD = firstSpan(...SPAN_KEYS.peer);
const HTTP_TEXT = firstSpan(...SPAN_KEYS.httpStatus);
const RPC_STATUS = firstSpan(...SPAN_KEYS.rpcStatus);
const RESEND_COUNT = firstSpan(...SPAN_KEYS.resendCount);

/**
 * The span's name without what makes it unique: the query of a URL, and path segments or words that are numbers, UUIDs or
 * long hexadecimal ids. Evaluated once per distinct name.
 */
const PLAIN_NAME = `replaceRegexpAll(
  replaceRegexpAll(toString(SpanName), '\\\\?[^ ]*', ''),
  '\\\\b([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9]+|[0-9a-fA-F]*[0-9][0-9a-fA-F]{15,})\\\\b', '{id}')`;

/** The operation of SERVER and CONSUMER spans, the name of the call for CLIENT and PRODUCER, the span's name otherwise. */
const ENDPOINT = `multiIf(
  ${PATH} != '', trimLeft(concat(${METHOD}, ' ', ${PATH})),
  ${RPC_METHOD} != '', if(${RPC_SERVICE} = '' OR position(${RPC_METHOD}, '/') > 0, ${RPC_METHOD}, concat(${RPC_SERVICE}, '/', ${RPC_METHOD})),
  ${DESTINATION} != '', trimLeft(concat(${OPERATION}, ' ', ${DESTINATION})),
  ${PLAIN_NAME})`;

/** An address that says where, not who: an instance's, and there may be thousands. */
const IS_LITERAL = `(${ADDRESS} = 'localhost' OR match(${ADDRESS}, '^([0-9.]+|\\\\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\\\\]?)$'))`;

/** Whom a CLIENT or PRODUCER calls, by name; empty for the others, and where at most a literal address is known. */
const NAMED_PEER = `multiIf(NOT ${MAKES_CALL}, '', ${ADDRESS} != '' AND NOT ${IS_LITERAL}, ${ADDRESS}, ${PEER_WORD})`;

/** The last resort, once the called service's own span does not name the peer either. */
const LITERAL_PEER = `multiIf(NOT ${MAKES_CALL} OR ${ADDRESS} = '', '', ${PORT} = '', ${ADDRESS}, concat(${ADDRESS}, ':', ${PORT}))`;

/** 0 for what is no status of HTTP. */
const HTTP_STATUS = `if(match(${HTTP_TEXT}, '^[1-5][0-9][0-9]$'), toUInt16OrZero(${HTTP_TEXT}), 0)`;

/** A failed call. Semantic conventions: HTTP 5xx fails a server span, 4xx and 5xx a client span; likewise gRPC. */
const FAILED = `multiIf(
  StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR'), 1,
  ${HTTP_STATUS} > 0, ${HTTP_STATUS} >= if(${KIND} = 'CLIENT', 400, 500),
  ${KIND} = 'CLIENT', ${RPC_STATUS} NOT IN (${listed(RPC_SUCCESS)}),
  ${RPC_STATUS} IN (${listed(RPC_SERVER_FAULTS)}))`;

/** The marks, as conditions. */
export const MARKED: Readonly<Record<keyof typeof MARKS, string>> = {
  failed: FAILED,
  redirected: `${HTTP_STATUS} BETWEEN 300 AND 399 OR ${HTTP_STATUS} = 401`,
  resent: `match(${RESEND_COUNT}, '^[0-9]*[1-9][0-9]*$')`,
  anonymous: `${MAKES_CALL} AND ${NAMED_PEER} = ''`,
  flagged: `has(mapKeys(SpanAttributes), '${FLAG_KEY}')`,
};

const NAME = 'LowCardinality(String)';
/** 0, the hash of the empty text, where there is nothing. */
const hashOf = (keys: readonly string[]) => `murmurHash3_32(${firstSpan(...keys)})`;

/** The columns that hold them, hidden from `SELECT *`. Types and meaning are part of every stored table. */
export const FACTS = {
  HingeEndpoint: { type: NAME, sql: ENDPOINT },
  /** By name if there is one, else the literal address. */
  HingePeer: { type: NAME, sql: firstOf(NAMED_PEER, LITERAL_PEER) },
  HingeBuild: { type: NAME, sql: firstResource(...BUILD_KEYS) },
  HingeInstance: { type: NAME, sql: firstResource(...INSTANCE_KEYS) },
  /** What exactly was asked for, as far as telemetry says, hashed: calls for different items are a loop, not retries. */
  HingeTarget: {
    type: 'UInt16',
    sql: `if(${KIND} = 'CLIENT', toUInt16(bitXor(${hashOf(SPAN_KEYS.url)}, ${hashOf(SPAN_KEYS.query)})), 0)`,
  },
  HingeMarks: {
    type: 'UInt8',
    sql: `toUInt8(${Object.entries(MARKS)
      .map(([mark, bit]) => `${bit} * toUInt8(${MARKED[mark as keyof typeof MARKS]})`)
      .join(' + ')})`,
  },
} as const;

export const FLAG = span(FLAG_KEY);
export const FLAG_VARIANT = firstSpan('feature_flag.result.variant', 'feature_flag.variant');
