/** The select that turns spans into cells, for slots that are sealed and for those read fresh alike; and reading both. */
import type { Cell, SpanKind } from '../model.ts';
import { calls, VARIANTS } from './calls.ts';
import { bucketOf, runLengths } from './spans.ts';

/** Names (with peers) that one service may have in one slot; the rest, those with the fewest calls, share one. */
export const NAMES_PER_SERVICE = 200;
const OTHER = '(other)';

export const CELL_COLUMNS =
  'slot, service, endpoint, kind, peer, build, variant, instance, calls, errors, retries, buckets, counts, gap_buckets, gap_counts';

const KEY = 'slot, service, endpoint, kind, peer, build, variant, instance';

/** Calls alike in all but variant; durations and gaps as buckets in no order, one per call. To hash the key once is what is fast. */
const alike = (
  repeats: boolean,
) => `SELECT any(c.slot) AS slot, any(c.service) AS service, any(c.endpoint) AS endpoint, any(c.kind) AS kind,
    any(c.peer) AS peer, any(c.build) AS build, any(c.instance) AS instance,
    count() AS calls, sum(failed) AS errors, sum(retry) AS retries,
    groupArrayIf(${bucketOf('duration_ns')}, failed = 0) AS durations,
    groupArrayIf(${bucketOf('toUInt64(greatest(gap_ns, 0))')}, gap_ns >= 0) AS gaps
  FROM (${calls('1', repeats)}) AS c WHERE c.slot IN {slots:Array(UInt32)}
  GROUP BY cityHash64(c.slot, c.service, c.endpoint, c.kind, c.peer, c.build, c.instance)`;

const ranked = (
  repeats: boolean,
) => `SELECT *, dense_rank() OVER (PARTITION BY slot, service ORDER BY named DESC, endpoint, peer) > ${NAMES_PER_SERVICE} AS over
  FROM (SELECT *, sum(calls) OVER (PARTITION BY slot, service, endpoint, peer) AS named FROM (${alike(repeats)}))`;

const merged = (
  repeats: boolean,
) => `SELECT r.slot AS slot, r.service AS service, if(over, '${OTHER}', r.endpoint) AS endpoint, kind,
    if(over AND r.peer != '', '${OTHER}', r.peer) AS peer, build, v.variant AS variant, r.instance AS instance,
    sum(r.calls) AS calls, sum(r.errors) AS errors, sum(r.retries) AS retries,
    arraySort(groupArrayArray(r.durations)) AS durations, arraySort(groupArrayArray(r.gaps)) AS gaps
  FROM (${ranked(repeats)}) AS r
  LEFT JOIN (${VARIANTS}) AS v ON v.slot = r.slot AND v.service = r.service AND v.instance = r.instance
  GROUP BY ${KEY}`;

/** Cells of the slots in the parameter `slots`. Parameters: `from`, `until`, `width`, `reach` (seconds), `slots`. */
export const selectCells = (repeats = true) => `SELECT ${KEY}, calls, errors, retries,
  arrayDistinct(durations) AS buckets, ${runLengths('durations')} AS counts,
  arrayDistinct(gaps) AS gap_buckets, ${runLengths('gaps')} AS gap_counts
FROM (${merged(repeats)})`;

/** A row as `cells` and selectCells give it. */
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
