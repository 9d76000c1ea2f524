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
import type { Wire } from '../wire/wire.ts';
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
    const { bytes } = wire;
    this.origins.append(wire, origin);
    this.appendSchemas(wire, origin);
    common.MetricName.append(bytes, metric.name.start, metric.name.end);
    common.MetricDescription.append(bytes, metric.description.start, metric.description.end);
    common.MetricUnit.append(bytes, metric.unit.start, metric.unit.end);
    appendAttributes(wire, point.attributes, common.Attributes, tally);
    appendTime(common.StartTimeUnix, point.start);
    appendTime(common.TimeUnix, point.time);
    this.kind.append(this.own, wire, point, metric, tally);
    this.block.rows++;
  }

  private appendSchemas(wire: Wire, { resource, scope }: Origin): void {
    const { common, origins } = this;
    common.ResourceSchemaUrl.append(wire.bytes, resource.schemaUrl.start, resource.schemaUrl.end);
    common.ScopeSchemaUrl.append(wire.bytes, scope.schemaUrl.start, scope.schemaUrl.end);
    common.ScopeDroppedAttrCount.append(origins.droppedScopeAttributes);
    appendAttributes(wire, origins.scopeAttributes, common.ScopeAttributes, this.tally);
  }
}
