/** Panels of the boards: one function a kind, so that all of a kind look and behave alike. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { DashboardLinkBuilder, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { clickhouse, DATA_SOURCE } from './query.ts';

interface PanelOptions {
  readonly title: string;
  readonly description: string;
  readonly sql: string;
  /** Of 24 columns. */
  readonly width: number;
  /** Shortest step that has a value, seconds: the width of a slot. */
  readonly slotSeconds: number;
}

const HEIGHT = 8;

export function seriesPanel(o: PanelOptions & { readonly unit: string; readonly decimals?: number }): Builder<Panel> {
  return new timeseries.PanelBuilder()
    .title(o.title)
    .description(o.description)
    .datasource(DATA_SOURCE)
    .height(HEIGHT)
    .span(o.width)
    .interval(`${o.slotSeconds}s`)
    .unit(o.unit)
    .decimals(o.decimals ?? 1)
    .lineWidth(2)
    .fillOpacity(0)
    .withTarget(clickhouse('timeseries', o.sql));
}

/** The query gives one column a row of the heatmap. */
export function heatmapPanel(o: PanelOptions): Builder<Panel> {
  return new heatmap.PanelBuilder()
    .title(o.title)
    .description(o.description)
    .datasource(DATA_SOURCE)
    .height(HEIGHT)
    .span(o.width)
    .interval(`${o.slotSeconds}s`)
    .unit('short')
    .calculate(false)
    .color(new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme('Oranges').steps(64))
    .withTarget(clickhouse('timeseries', o.sql));
}

/** `link` opens from each row; `columns` gives units and words by the name of a column. */
export function tablePanel(
  o: PanelOptions & {
    readonly link: { readonly title: string; readonly url: string };
    readonly columns: Readonly<Record<string, { readonly title: string; readonly unit: string }>>;
  },
): Builder<Panel> {
  const panel = new table.PanelBuilder()
    .title(o.title)
    .description(o.description)
    .datasource(DATA_SOURCE)
    .height(HEIGHT)
    .span(o.width)
    .unit('none')
    .dataLinks([new DashboardLinkBuilder(o.link.title).url(o.link.url).targetBlank(true)])
    .withTarget(clickhouse('table', o.sql));
  for (const [name, { title, unit }] of Object.entries(o.columns)) {
    panel.overrideByName(name, [
      { id: 'displayName', value: title },
      { id: 'unit', value: unit },
    ]);
  }
  return panel;
}
