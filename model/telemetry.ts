/** What the collector hands to the store. */

/** Tables that telemetry is inserted into; names and columns are those of the OpenTelemetry Collector's ClickHouse exporter. */
export type TelemetryTable =
  | 'otel_traces'
  | 'otel_metrics_gauge'
  | 'otel_metrics_sum'
  | 'otel_metrics_histogram'
  | 'otel_metrics_exponential_histogram'
  | 'otel_metrics_summary';

/**
 * Rows ready for one `INSERT INTO table FORMAT format`: of one table and of one partition, because an insert
 * that crosses partitions is not atomic over a crash.
 */
export interface InsertBlock {
  readonly table: TelemetryTable;
  readonly format: 'JSONEachRow' | 'Native';
  /** UTC day of the rows, `YYYY-MM-DD`: the partition. */
  readonly partition: string;
  readonly rows: number;
  /** Hash of the content. The same token is never written twice (`insert_deduplication_token`). */
  readonly token: string;
  /** The bytes in pieces; valid until the sink has settled. */
  readonly body: readonly Uint8Array[];
}

/** Resolves once the block is committed; rejects with a retryable `HingeError` when it could not be. */
export type BlockSink = (block: InsertBlock) => Promise<void>;
