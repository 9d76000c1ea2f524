/** Lets ClickHouse parse OTLP: its format ProtobufSingle, with the schema of opentelemetry-proto. */

import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { OTLP_PROTO } from '../support/otlp-schema.ts';

export type RequestMessage = 'ExportTraceServiceRequest' | 'ExportMetricsServiceRequest';

/** Its parser takes no message that contains itself: AnyValue has to do without lists and maps. */
const SCHEMA = OTLP_PROTO.replaceAll(/^.*\b(array_value|kvlist_value)\b.*$/gm, '').replaceAll(
  /^message (ArrayValue|KeyValueList) \{[^}]*\}/gm,
  '',
);

/** The last field of AnyValue as the parser would have it, and behind it which field of the oneof was sent: that tells 0 from nothing. */
const LAST_VALUE = 'string_value_strindex Int32';
const SENT_VALUE = "value Enum8('' = 0, 'string' = 1, 'bool' = 2, 'int' = 3, 'double' = 4, 'bytes' = 7, 'index' = 8)";

const settingsOf = (message: RequestMessage): ClickHouseSettings => ({
  format_schema_source: 'string',
  format_schema: SCHEMA,
  format_schema_message_name: message,
  input_format_protobuf_oneof_presence: 1,
  max_query_size: '100000000',
});

/** Rows of `query`, which gets a table expression of one row: the message in `body`. */
export async function queryParsed(
  client: ClickHouseClient,
  message: RequestMessage,
  body: Uint8Array,
  query: (request: string) => string,
  settings: ClickHouseSettings,
): Promise<string> {
  const clickhouse_settings = { ...settings, ...settingsOf(message) };
  const described = await client.query({
    query: `DESCRIBE format(ProtobufSingle, '')`,
    format: 'JSONEachRow',
    clickhouse_settings,
  });
  const [column] = await described.json<{ name: string; type: string }>();
  const structure = `${column?.name} ${column?.type}`.replaceAll(LAST_VALUE, `${LAST_VALUE}, ${SENT_VALUE}`);
  const request = `format(ProtobufSingle, '${structure.replaceAll("'", "\\'")}', unhex('${Buffer.from(body).toString('hex')}'))`;
  const result = await client.query({ query: query(request), format: 'JSONEachRow', clickhouse_settings });
  return result.text();
}
