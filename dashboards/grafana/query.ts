/** Queries of Grafana's ClickHouse plugin, typed: what the plugin reads, so that a wrong field fails here and not in Grafana. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';

export const PLUGIN = 'grafana-clickhouse-datasource';

/** The data source that the viewer chose. */
export const DATA_SOURCE = { type: PLUGIN, uid: `\${datasource}` } as const;

type Shape = 'timeseries' | 'table';

/** Query model of the plugin, version 4 (`CHSqlQuery` in its src/types/sql.ts). */
interface ClickHouseQuery extends Dataquery {
  readonly refId: string;
  readonly datasource: typeof DATA_SOURCE;
  readonly editorType: 'sql';
  readonly queryType: Shape;
  /** The same as `queryType`, for the plugin's server: 0 is a time series, 1 a table. */
  readonly format: 0 | 1;
  readonly rawSql: string;
  readonly pluginVersion: string;
}

const FORMATS = { timeseries: 0, table: 1 } as const satisfies Record<Shape, 0 | 1>;

/** A time series wants its time column first, then text columns as labels, then numbers. */
export function clickhouse(shape: Shape, rawSql: string, refId = 'A'): Builder<Dataquery> {
  return {
    build: (): ClickHouseQuery => ({
      refId,
      datasource: DATA_SOURCE,
      editorType: 'sql',
      queryType: shape,
      format: FORMATS[shape],
      rawSql,
      pluginVersion: '4.0.0',
      _implementsDataqueryVariant: () => {},
    }),
  };
}
