/** Writes data points as rows of one of the otel_metrics tables, as the OpenTelemetry Collector's ClickHouse exporter does. */

import { Block } from '../block.ts';
import type { Column } from '../columns/column.ts';
import { LowCardinalityColumn } from '../columns/low-cardinality.ts';
import { MapColumn } from '../columns/nested.ts';
import { Fixed32Column, Fixed64Column } from '../columns/numbers.ts';
import { StringColumn } from '../columns/strings.ts';
import type { Tally } from '../tally.ts';
import { appendAttributes } from '../wire/any-value.ts';
import { createOriginColumns, type Origin, OriginRows } from '../wire/origin.ts';
import { appendTime } from '../wire/times.ts';
import type { Slice, Wire } from '../wire/wire.ts';
import type { PointFields } from './fields.ts';
import type { PointKind } from './kind.ts';
import type { Metric } from './metric.ts';

function createCommonColumns(tally: Tally) {
  const coded = () => new LowCardinalityColumn(tally);
  return {
    ...createOriginColumns(tally),
    ResourceSchemaUrl: coded(),
    ScopeAttributes: new MapColumn(coded(), new StringColumn(tally)),
    ScopeDroppedAttrCount: new Fixed32Column('UInt32'),
    ScopeSchemaUrl: coded(),
    MetricName: new LowCardinalityColumn(tally, (name) => tally.census.admitsName(name)),
    MetricDescription: coded(),
    MetricUnit: coded(),
    Attributes: new MapColumn(
      new LowCardinalityColumn(tally, (key) => tally.census.admitsKey(key)),
      new StringColumn(tally),
    ),
    StartTimeUnix: new Fixed64Column('DateTime64(9)'),
    TimeUnix: new Fixed64Column('DateTime64(9)'),
  };
}

export class PointRows<Fields extends PointFields, Own extends Readonly<Record<string, Column>>> {
  readonly block: Block;
  private readonly kind: PointKind<Fields, Own>;
  private readonly tally: Tally;
  private readonly common: ReturnType<typeof createCommonColumns>;
  private readonly own: Own;
  private readonly origins: OriginRows;
  /** Origin and metric of the last row, and their numbers in the dictionaries. An origin is of one request alone. */
  private lastOrigin: Origin | undefined;
  private lastMetric = 0;
  private readonly shared = { resourceSchema: 0, scopeSchema: 0, name: 0, description: 0, unit: 0 };

  constructor(kind: PointKind<Fields, Own>, tally: Tally) {
    this.kind = kind;
    this.tally = tally;
    this.common = createCommonColumns(tally);
    this.own = kind.createColumns(tally);
    this.block = new Block(kind.table, { ...this.common, ...this.own });
    this.origins = new OriginRows(this.common, tally);
  }

  openDay(day: bigint): void {
    this.block.openDay(day);
  }

  append(wire: Wire, origin: Origin, metric: Metric, point: Fields): void {
    const { common, tally } = this;
    this.origins.append(wire, origin);
    if (this.lastOrigin !== origin || this.lastMetric !== metric.number) this.load(wire, origin, metric);
    this.repeat();
    appendAttributes(wire, this.origins.scopeAttributes, common.ScopeAttributes, tally);
    appendAttributes(wire, point.attributes, common.Attributes, tally);
    appendTime(common.StartTimeUnix, point.start);
    appendTime(common.TimeUnix, point.time);
    this.kind.append(this.own, wire, point, metric, tally);
    this.block.rows++;
  }

  /** What all points of a metric share. */
  private load(wire: Wire, origin: Origin, metric: Metric): void {
    const { common, shared } = this;
    const idOf = (column: LowCardinalityColumn, { start, end }: Slice) => column.idOf(wire.view, start, end);
    shared.resourceSchema = idOf(common.ResourceSchemaUrl, origin.resource.schemaUrl);
    shared.scopeSchema = idOf(common.ScopeSchemaUrl, origin.scope.schemaUrl);
    shared.name = idOf(common.MetricName, metric.name);
    shared.description = idOf(common.MetricDescription, metric.description);
    shared.unit = idOf(common.MetricUnit, metric.unit);
    this.lastOrigin = origin;
    this.lastMetric = metric.number;
  }

  private repeat(): void {
    const { common, shared, origins } = this;
    common.ResourceSchemaUrl.appendId(shared.resourceSchema);
    common.ScopeSchemaUrl.appendId(shared.scopeSchema);
    common.ScopeDroppedAttrCount.append(origins.droppedScopeAttributes);
    common.MetricName.appendId(shared.name);
    common.MetricDescription.appendId(shared.description);
    common.MetricUnit.appendId(shared.unit);
  }
}
