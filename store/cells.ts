/** The select that turns spans into cells, for slots that are sealed and for those read fresh alike; and reading both. */
import type { EndpointKey } from '../model.ts';
import { oddCalls, variants, withSpans } from './calls.ts';
import type { RowShape } from './derived-rows.ts';
import { TEXT, type Types } from './native/blocks.ts';
import type { SpanSource } from './source.ts';
import { bucketOf, runLengths } from './spans.ts';

/** Names (with peers) that one service may have in one slot; the rest, those with the fewest calls, share one. */
export const NAMES_PER_SERVICE = 200;
const OTHER = '(other)';

export const CELL_COLUMNS =
  'slot, service, endpoint, kind, peer, build, variant, instance, calls, errors, retries, buckets, counts, gap_buckets, gap_counts';

const KEY = 'slot, service, endpoint, kind, peer, build, variant, instance';

const DESCRIBED = ['slot', 'service', 'endpoint', 'kind', 'peer', 'build', 'instance'];

/** Hashes of names are worked out once per name: each by itself, and apart by what it is the name of. */
const ALIKE = DESCRIBED.map((d) => `cityHash64('${d}', ${d})`).reduce((all, hash) => `bitXor(${all}, ${hash})`);

const alike = (
  figures: string,
  from: string,
  where: string,
) => `SELECT ${DESCRIBED.map((d, i) => `described.${i + 1} AS ${d}`).join(', ')}, * EXCEPT described
  FROM (SELECT any((${DESCRIBED.join(', ')})) AS described, ${figures} FROM (${from}) WHERE slot IN {slots:Array(UInt32)} AND ${where} GROUP BY ${ALIKE})`;

/**
 * Calls alike in all but variant; durations and gaps as buckets in no order, one per call. Calls that name their peer are
 * counted as they are; odd ones add their retries, and themselves where they name none.
 */
const counted = (source: SpanSource) => `${alike(
  `count() AS calls, sum(failed) AS errors, 0 AS retries, groupArrayIf(${bucketOf('duration_ns')}, failed = 0) AS durations, CAST([], 'Array(Int32)') AS gaps`,
  'SELECT * FROM spans',
  'anonymous = 0',
)}
UNION ALL
${alike(
  `sum(anonymous) AS calls, sumIf(failed, anonymous = 1) AS errors, sum(retry) AS retries,
    groupArrayIf(${bucketOf('duration_ns')}, failed = 0 AND anonymous = 1) AS durations,
    groupArrayIf(${bucketOf('toUInt64(greatest(gap, 1) - 1)')}, retry = 1 AND gap > 0) AS gaps`,
  oddCalls(source),
  '(anonymous = 1 OR retry = 1)',
)}`;

const ranked = (
  source: SpanSource,
) => `SELECT *, dense_rank() OVER (PARTITION BY slot, service ORDER BY named DESC, endpoint, peer) > ${NAMES_PER_SERVICE} AS over
  FROM (SELECT *, sum(calls) OVER (PARTITION BY slot, service, endpoint, peer) AS named FROM (${counted(source)}))`;

const merged = (
  source: SpanSource,
) => `SELECT r.slot AS slot, r.service AS service, if(over, '${OTHER}', r.endpoint) AS endpoint, kind,
    if(over AND r.peer != '', '${OTHER}', r.peer) AS peer, build, v.variant AS variant, r.instance AS instance,
    sum(r.calls) AS calls, sum(r.errors) AS errors, sum(r.retries) AS retries,
    arraySort(groupArrayArray(r.durations)) AS durations, arraySort(groupArrayArray(r.gaps)) AS gaps
  FROM (${ranked(source)}) AS r
  LEFT JOIN (${variants(source.facts)}) AS v ON v.slot = r.slot AND v.service = r.service AND v.instance = r.instance
  GROUP BY ${KEY}`;

/** Cells of the slots in the parameter `slots`. Parameters: `from`, `until`, `width`, `reach` (seconds), `slots`. */
export const selectCells = (source: SpanSource) => `${withSpans(source)}
SELECT ${KEY}, calls, errors, retries,
  arrayDistinct(durations) AS buckets, ${runLengths('durations')} AS counts,
  arrayDistinct(gaps) AS gap_buckets, ${runLengths('gaps')} AS gap_counts
FROM (${merged(source)})`;

/** What is read of a row, as `cells` and selectCells give it. */
export const CELL_TYPES = {
  slot: 'UInt32',
  ...{ service: TEXT, endpoint: TEXT, kind: TEXT, peer: TEXT, build: TEXT, variant: TEXT, instance: TEXT },
  ...{ calls: 'UInt64', errors: 'UInt64', retries: 'UInt64' },
  ...{ buckets: 'Array(Int32)', counts: 'Array(UInt64)', gap_buckets: 'Array(Int32)', gap_counts: 'Array(UInt64)' },
} as const satisfies Types;

export const CELL_SHAPE: RowShape<EndpointKey> = {
  key: { service: 'service', endpoint: 'endpoint', kind: 'kind', peer: 'peer' },
  counts: (block) => {
    const [calls, errors, retries] = ['calls', 'errors', 'retries'].map((name) => block.numbers(name));
    return (row) => {
      const [all, repeated] = [calls?.[row] ?? 0, retries?.[row] ?? 0];
      return [all, errors?.[row] ?? 0, repeated, all - repeated];
    };
  },
  histograms: [
    ['buckets', 'counts'],
    ['gap_buckets', 'gap_counts'],
  ],
};
