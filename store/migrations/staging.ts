/** Migration 3: spans at hand while their slots are sealed; see store/staging.ts. */
import type { Migration } from '../migrate.ts';
import { SPAN_COLUMNS } from '../spans.ts';

/** Hashes do not get smaller by compression. Ordered by trace, because few traces are taken apart. */
const codecOf = (name: string) => (['trace', 'id', 'parent'].includes(name) ? 'NONE' : 'LZ4');
const columns = Object.entries(SPAN_COLUMNS).map(([name, type]) => `${name} ${type} CODEC(${codecOf(name)})`);

/** Nothing is lost with it, so it need not survive a loss of power; and what is given up goes at once. */
const stagedSpans = `CREATE TABLE IF NOT EXISTS staged_spans (
  sealer UInt32,
  load UInt32,
  brought DateTime('UTC') DEFAULT now(),
  ${columns.join(',\n  ')}
) ENGINE = MergeTree
PARTITION BY (sealer, load)
ORDER BY trace
SETTINGS fsync_after_insert = 0, fsync_part_directory = 0, old_parts_lifetime = 1`;

export const staging: Migration = { id: 3, name: 'spans at hand while they are sealed', statements: [stagedSpans] };
