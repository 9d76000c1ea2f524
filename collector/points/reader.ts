/** Reads metrics one by one and writes each of their points into the rows of its kind and day. */

import type { Request } from '../request.ts';
import type { RowsSource } from '../rows.ts';
import type { ReadItem } from '../wire/envelopes.ts';
import { Ranges, type Wire } from '../wire/wire.ts';
import type { PointFields } from './fields.ts';
import { type AnyPointRows, POINT_KINDS } from './kinds.ts';
import { Metric, type MetricKind } from './metric.ts';

/** What is kept for a kind of metric while a request is read. */
interface Reading {
  readonly point: PointFields;
  rows: AnyPointRows | undefined;
}

export function createPointReader(wire: Wire, request: Request, source: RowsSource): ReadItem {
  const metric = new Metric();
  const points = new Ranges();
  const readings = new Map<MetricKind, Reading>();

  const readingOf = (kind: MetricKind): Reading => {
    const reading = readings.get(kind) ?? { point: POINT_KINDS[kind].createFields(), rows: undefined };
    readings.set(kind, reading);
    return reading;
  };
  const rowsOfDay = (kind: MetricKind, reading: Reading): AnyPointRows | undefined => {
    const { time } = reading.point;
    if (reading.rows?.block.holds(time.low, time.high)) return reading.rows;
    const day = request.dayOf(time);
    if (day === undefined) return undefined;
    reading.rows = source.points(kind, day);
    request.touch(reading.rows.block);
    return reading.rows;
  };
  const nameForPeople = () => wire.text(metric.name.start, Math.min(metric.name.end, metric.name.start + 64));

  return (origin, start, end) => {
    metric.read(wire, start, end, points);
    if (metric.kind === undefined) return;
    const reading = readingOf(metric.kind);
    for (let i = 0; i < points.count; i++) {
      request.admit();
      reading.point.read(wire, points.start(i), points.end(i));
      if (reading.point.isTooLate) {
        request.reject(`the time of a point of ${nameForPeople()} is after the year 2106`);
        continue;
      }
      const rows = rowsOfDay(metric.kind, reading);
      if (rows === undefined) continue;
      rows.append(wire, origin, metric, reading.point);
      request.accepted++;
    }
  };
}
