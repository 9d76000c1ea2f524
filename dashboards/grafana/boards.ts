/** Grafana boards as code: classic dashboard JSON, which every Grafana reads. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQuery,
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { heatmapPanel, seriesPanel, tablePanel } from './panels.ts';
import { clickhouse, DATA_SOURCE, PLUGIN } from './query.ts';
import { type BoardSql, boardSql } from './sql.ts';

export interface BoardOptions {
  /** Hinge's database: letters, digits and `_`. */
  readonly database: string;
  /** Where Hinge's own pages answer, for links: `http://127.0.0.1:4319`. */
  readonly hingeUrl: string;
  /** Width of a sealed slot. */
  readonly slotSeconds: number;
}

/** What moved since the upgrade, by build: latency, retries, errors, calls; with upgrades and actions marked. */
export function upgradeOverview(o: BoardOptions): Dashboard {
  const sql = boardSql(o.database);
  const board = new DashboardBuilder('Hinge: upgrade overview')
    .uid('hinge-upgrade-overview')
    .description(
      'What moved since the upgrade, by build. The verdict, with its intervals, stands in the report of Hinge.',
    )
    .tags(['hinge'])
    .time({ from: 'now-3h', to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .annotation(marks('Upgrades', 'orange', sql.marks('upgrade')))
    .annotation(marks('Flag actions', 'red', sql.marks('action')))
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type(PLUGIN))
    .withVariable(choice('service', 'Service', sql.services))
    .withVariable(choice('endpoint', 'Endpoint', sql.endpoints))
    .withVariable(new TextBoxVariableBuilder('hinge').label('Hinge').defaultValue(o.hingeUrl));
  for (const panel of [
    ...latencyPanels(sql, o.slotSeconds),
    ...ratePanels(sql, o.slotSeconds),
    ...tables(sql, o.slotSeconds),
  ]) {
    board.withPanel(panel);
  }
  return board.build();
}

function latencyPanels(sql: BoardSql, slotSeconds: number): readonly Builder<Panel>[] {
  const quantiles = [
    ['p50', 0.5, 'the median call'],
    ['p95', 0.95, 'one call in twenty is slower'],
    ['p99', 0.99, 'one call in a hundred is slower'],
  ] as const;
  return quantiles.map(([name, quantile, words]) =>
    seriesPanel({
      title: `${name} latency by build`,
      description: `Latency of calls that did not fail, ${words}. One line a service and build.`,
      sql: sql.latency(quantile),
      unit: 'ms',
      width: 8,
      slotSeconds,
    }),
  );
}

function ratePanels(sql: BoardSql, slotSeconds: number): readonly Builder<Panel>[] {
  return [
    seriesPanel({
      title: 'Attempts per call',
      description:
        'Attempts that a caller makes for one logical call. 1.0 is healthy, 1.3 wants a look, above 2 is a storm.',
      sql: sql.attempts,
      unit: 'none',
      decimals: 3,
      width: 8,
      slotSeconds,
    }),
    seriesPanel({
      title: 'Error rate by build',
      description: 'Failed calls as a part of all calls.',
      sql: sql.errors,
      unit: 'percentunit',
      decimals: 2,
      width: 8,
      slotSeconds,
    }),
    seriesPanel({
      title: 'Calls by build',
      description: 'Calls a second: whether old and new build share the traffic.',
      sql: sql.calls,
      unit: 'reqps',
      width: 8,
      slotSeconds,
    }),
    heatmapPanel({
      title: 'Latency, all calls',
      description:
        'Calls by duration over time; a row is named by its upper edge. A new band above the old one is a new slow path.',
      sql: sql.heatmap,
      width: 12,
      slotSeconds,
    }),
  ];
}

function tables(sql: BoardSql, slotSeconds: number): readonly Builder<Panel>[] {
  return [
    tablePanel({
      title: 'p99 before and after the newest upgrade',
      description:
        'Largest ratio first, 100 rows at most. A look, not a verdict: the report has intervals and controls.',
      sql: sql.changes,
      width: 12,
      slotSeconds,
      link: report('upgrade'),
      columns: {
        p99_before: { title: 'p99 before', unit: 'ms' },
        p99_after: { title: 'p99 after', unit: 'ms' },
        calls_before: { title: 'calls before', unit: 'short' },
        calls_after: { title: 'calls after', unit: 'short' },
      },
    }),
    tablePanel({
      title: 'Upgrades',
      description: 'The newest 20 upgrades; a row opens its report.',
      sql: sql.upgrades,
      width: 12,
      slotSeconds,
      link: report('id'),
      columns: {},
    }),
    tablePanel({
      title: 'What Hinge did to flags',
      description: 'The journal of the chosen time, newest first, 200 rows at most.',
      sql: sql.actions,
      width: 12,
      slotSeconds,
      link: { title: 'Open Hinge', url: `\${hinge}/` },
      columns: {},
    }),
  ];
}

function report(field: string): { readonly title: string; readonly url: string } {
  return { title: 'Open the report', url: `\${hinge}/upgrades/\${__data.fields.${field}:percentencode}` };
}

function choice(name: string, label: string, sql: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATA_SOURCE)
    .query(sql)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ text: 'All', value: '$__all' });
}

function marks(name: string, colour: string, sql: string): Builder<AnnotationQuery> {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor(colour)
    .target(clickhouse('table', sql));
}
