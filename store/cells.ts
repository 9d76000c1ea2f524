/** The select that turns spans into cells, for slots that are sealed and for those read fresh alike; and reading both. */
import type { EndpointKey } from '../model.ts';
import { grouped } from './alike.ts';
import { withSpans } from './calls.ts';
import type { RowShape } from './derived-rows.ts';
import { BUCKETS, COUNTS, TEXT, type Types } from './native/blocks.ts';
import { oddCalls } from './odd-calls.ts';
import { type SpanSource, variantsOf } from './source.ts';
import { bucketOf, OF_SLOTS, runLengths } from './spans.ts';

/** Names (with peers) that one service may have in one slot; the rest, those with the fewest calls, share one. */
export const NAMES_PER_SERVICE = 200;
const OTHER = '(other)';

export const CELL_COLUMNS =
  'slot, service, endpoint, kind, peer, build, variant, instance, calls, errors, retries, buckets, counts, gap_buckets, gap_counts';

const DESCRIBED = ['slot', 'service', 'endpoint', 'kind', 'peer', 'build', 'instance'];
const KEY = [...DESCRIBED, 'variant'];

/**
 * Calls alike in all but variant; durations and gaps as buckets in no order, one per call. Calls that name their peer are
 * counted as they are; odd ones add their retries, and themselves where they name none.
 */
const counted = (source: SpanSource) => `${grouped({
  names: DESCRIBED,
  figures: `count() AS calls, sum(failed) AS errors, 0 AS retries,
    groupArrayIf(${bucketOf('duration_ns')}, failed = 0) AS durations, CAST([], 'Array(Int32)') AS gaps`,
  from: 'SELECT * FROM spans',
  where: `${OF_SLOTS} AND anonymous = 0`,
})}
UNION ALL
${grouped({
  names: DESCRIBED,
  figures: `sum(anonymous) AS calls, sumIf(failed, anonymous = 1) AS errors, sum(retry) AS retries,
    groupArrayIf(${bucketOf('duration_ns')}, failed = 0 AND anonymous = 1) AS durations,
    groupArrayIf(${bucketOf('toUInt64(greatest(gap, 1) - 1)')}, retry = 1 AND gap > 0) AS gaps`,
  from: oddCalls(source),
  where: `${OF_SLOTS} AND (anonymous = 1 OR retry = 1)`,
})}`;

/** The names of a service past the first NAMES_PER_SERVICE of a slot, those with the most calls first. From the relation `counted`. */
const SURPLUS = `SELECT slot, service, endpoint, peer FROM (
    SELECT *, dense_rank() OVER (PARTITION BY slot, service ORDER BY named DESC, endpoint, peer) AS place
    FROM (SELECT slot, service, endpoint, peer, sum(calls) AS named FROM counted GROUP BY slot, service, endpoint, peer)
  ) WHERE place > ${NAMES_PER_SERVICE}`;

/** `counted`, and whether the name of each row is one too many: few numbers are put in order for that, and no buckets. */
const MARKED = `SELECT *, (slot, service, endpoint, peer) IN (${SURPLUS}) AS over FROM counted`;

const merged = (source: SpanSource) =>
  grouped({
    names: KEY,
    figures: `sum(calls) AS calls, sum(errors) AS errors, sum(retries) AS retries,
    arraySort(groupArrayArray(durations)) AS durations, arraySort(groupArrayArray(gaps)) AS gaps`,
    from: `SELECT r.slot AS slot, r.service AS service, if(over, '${OTHER}', r.endpoint) AS endpoint, kind,
    if(over AND r.peer != '', '${OTHER}', r.peer) AS peer, build, v.variant AS variant, r.instance AS instance,
    calls, errors, retries, durations, gaps
  FROM (${MARKED}) AS r
  LEFT JOIN (${variantsOf(source)}) AS v ON v.slot = r.slot AND v.service = r.service AND v.instance = r.instance`,
  });

/** Cells of the slots in the parameter `slots`. Parameters: `from`, `until`, `width`, `reach` (seconds), `slots`. */
export const selectCells = (source: SpanSource) => `${withSpans(source)}, counted AS MATERIALIZED (${counted(source)})
SELECT ${KEY.join(', ')}, calls, errors, retries,
  arrayCompact(durations) AS buckets, ${runLengths('durations')} AS counts,
  arrayCompact(gaps) AS gap_buckets, ${runLengths('gaps')} AS gap_counts
FROM (${merged(source)})`;

/** What is read of a row, as `cells` and selectCells give it. */
export const CELL_TYPES = {
  slot: 'UInt32',
  ...{ service: TEXT, endpoint: TEXT, kind: TEXT, peer: TEXT, build: TEXT, variant: TEXT, instance: TEXT },
  ...{ calls: 'UInt64', errors: 'UInt64', retries: 'UInt64' },
  ...{ buckets: BUCKETS, counts: COUNTS, gap_buckets: BUCKETS, gap_counts: COUNTS },
} as const satisfies Types;

export const CELL_SHAPE: RowShape<EndpointKey> = {
  key: { service: 'service', endpoint: 'endpoint', kind: 'kind', peer: 'peer' },
  counts: (block) => {
    const [calls, retries] = [block.numbers('calls'), block.numbers('retries')];
    return [calls, block.numbers('errors'), retries, calls.map((all, row) => all - (retries[row] ?? 0))];
  },
  histograms: [
    ['buckets', 'counts'],
    ['gap_buckets', 'gap_counts'],
  ],
};
