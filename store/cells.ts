/** The select that turns spans into cells, for slots that are sealed and for those read fresh alike; and reading both. */
import type { Cell, SpanKind } from '../model.ts';
import { calls, VARIANTS } from './calls.ts';
import { bucketOf } from './spans.ts';

/** Names (with peers) that one service may have in one slot; the rest, those with the fewest calls, share one. */
export const NAMES_PER_SERVICE = 200;
const OTHER = '(other)';

export const CELL_COLUMNS =
  'slot, service, endpoint, kind, peer, build, variant, instance, calls, errors, retries, buckets, counts, gap_buckets, gap_counts';

const KEY = 'slot, service, endpoint, kind, peer, build, variant, instance';

const PER_NAME = `SELECT c.slot AS slot, c.service AS service, c.endpoint AS endpoint, c.kind AS kind, c.peer AS peer,
    c.build AS build, v.variant AS variant, c.instance AS instance,
    count() AS calls, sum(c.failed) AS errors, sum(c.retry) AS retries,
    sumMapIf([${bucketOf('c.duration_ns')}], [toUInt64(1)], c.failed = 0) AS durations,
    sumMapIf([${bucketOf('toUInt64(greatest(c.gap_ns, 0))')}], [toUInt64(1)], c.gap_ns >= 0) AS gaps
  FROM (SELECT * FROM (${calls()}) WHERE slot IN {slots:Array(UInt32)}) AS c
  LEFT JOIN (${VARIANTS}) AS v ON v.slot = c.slot AND v.service = c.service AND v.instance = c.instance
  GROUP BY ${KEY}`;

const RANKED = `SELECT *, dense_rank() OVER (PARTITION BY slot, service ORDER BY named DESC, endpoint, peer) > ${NAMES_PER_SERVICE} AS over
  FROM (SELECT *, sum(calls) OVER (PARTITION BY slot, service, endpoint, peer) AS named FROM (${PER_NAME}))`;

/** Cells of the slots in the parameter `slots`. Parameters: `from`, `until`, `width`, `reach` (seconds), `slots`. */
export const SELECT_CELLS = `SELECT slot, service, if(over, '${OTHER}', r.endpoint) AS endpoint, kind,
  if(over AND r.peer != '', '${OTHER}', r.peer) AS peer, build, variant, instance,
  sum(r.calls) AS calls, sum(r.errors) AS errors, sum(r.retries) AS retries,
  sumMap(r.durations.1, r.durations.2) AS merged, merged.1 AS buckets, merged.2 AS counts,
  sumMap(r.gaps.1, r.gaps.2) AS merged_gaps, merged_gaps.1 AS gap_buckets, merged_gaps.2 AS gap_counts
FROM (${RANKED}) AS r
GROUP BY ${KEY}`;

/** A row as `cells` and SELECT_CELLS give it. */
export interface CellRow {
  readonly slot: number;
  readonly service: string;
  readonly endpoint: string;
  readonly kind: SpanKind;
  readonly peer: string;
  readonly build: string;
  readonly variant: string;
  readonly instance: string;
  readonly calls: number;
  readonly errors: number;
  readonly retries: number;
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
  readonly gap_buckets: readonly number[];
  readonly gap_counts: readonly number[];
}

export function toCell({ slot, buckets, counts, gap_buckets, gap_counts, ...row }: CellRow): Cell {
  return {
    ...row,
    slotMs: slot * 1000,
    logicalCalls: row.calls - row.retries,
    durations: { buckets, counts },
    retryGaps: { buckets: gap_buckets, counts: gap_counts },
  };
}
