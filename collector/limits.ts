/** What one request may take, and what all of them may take together. */

const KIB = 1024;
const MIB = 1024 * KIB;

export interface Limits {
  /** Bytes of a request body as sent. */
  readonly maxCompressedBytes: number;
  /** Bytes of a request body, or of a line of a file, after decompression. */
  readonly maxBodyBytes: number;
  /** Spans or data points a request. */
  readonly maxItems: number;
  /** Messages, and fields passed over, of protobuf, or objects of JSON, a request: bounds what small input can turn into. */
  readonly maxMessages: number;
  /** Levels of lists and maps inside an attribute value. */
  readonly maxDepth: number;
  /** Attributes of a span, data point, resource, scope, event or link; those beyond are cut and counted. */
  readonly maxAttributes: number;
  /** UTF-8 bytes of one text or attribute value; what is beyond is cut and counted. */
  readonly maxValueBytes: number;
  /** Services, span and metric names of one, and attribute keys of one, a day; those beyond are stored as `(other)`. */
  readonly maxServices: number;
  readonly maxNamesPerService: number;
  readonly maxKeysPerService: number;
  /** UTC days a request may touch: each day is a partition, and each partition an insert. */
  readonly maxDays: number;
  /** Bytes of the rows that one request turns into. */
  readonly maxRowBytes: number;
  /** Bytes of all request bodies being read and decoded; above it requests are refused. */
  readonly maxReceivingBytes: number;
  /** Bytes of all rows that wait for their commit; above it requests are refused. */
  readonly maxBytesInFlight: number;
  /** At least this long from the start of one insert into a table and day to the next, unless a group is full. */
  readonly maxDelayMs: number;
  /** Rows, and bytes of rows, that are enough for an insert at once. */
  readonly maxRows: number;
  readonly maxGroupBytes: number;
  /**
   * So long after its beginning a request that is not committed is answered with 503: well inside the exporters' own 10 s. One that
   * took long to arrive has a quarter of it from then on.
   */
  readonly commitTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long closing waits for requests that are under way. */
  readonly drainMs: number;
  /** Seconds that a refused client is asked to wait. */
  readonly retryAfterSeconds: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxCompressedBytes: 20 * MIB,
  maxBodyBytes: 64 * MIB,
  maxItems: 100_000,
  maxMessages: 5_000_000,
  maxDepth: 48,
  maxAttributes: 256,
  maxValueBytes: 16 * KIB,
  maxServices: 1_000,
  maxNamesPerService: 10_000,
  maxKeysPerService: 1_000,
  maxDays: 32,
  maxRowBytes: 128 * MIB,
  maxReceivingBytes: 128 * MIB,
  maxBytesInFlight: 128 * MIB,
  maxDelayMs: 200,
  maxRows: 65_536,
  maxGroupBytes: 48 * MIB,
  commitTimeoutMs: 8_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 60_000,
  drainMs: 10_000,
  retryAfterSeconds: 1,
};
