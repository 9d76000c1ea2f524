/** The kinds of metric, by name. */

import type { Column } from '../columns/column.ts';
import { exponentialHistogram } from './exponential-histogram.ts';
import type { PointFields } from './fields.ts';
import { histogram } from './histogram.ts';
import type { PointKind } from './kind.ts';
import type { MetricKind } from './metric.ts';
import { gauge, sum } from './number.ts';
import type { PointRows } from './rows.ts';
import { summary } from './summary.ts';

type AnyColumns = Readonly<Record<string, Column>>;
export type AnyPointKind = PointKind<PointFields, AnyColumns>;
export type AnyPointRows = PointRows<PointFields, AnyColumns>;

export const POINT_KINDS: Readonly<Record<MetricKind, AnyPointKind>> = {
  gauge,
  sum,
  histogram,
  exponentialHistogram,
  summary,
};
