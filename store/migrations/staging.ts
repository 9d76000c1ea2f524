/** Spans at hand while their slots are sealed; see store/staging.ts. */
import type { Migration } from '../migrate.ts';
import { SPAN_COLUMNS } from '../spans.ts';

const columns = Object.entries(SPAN_COLUMNS).map(([name, type]) => `${name} ${type}`);

/** In memory: they are looked at a dozen times within minutes, and nothing is lost with them. */
const stagedSpans = `CREATE TABLE IF NOT EXISTS staged_spans (
  sealer UInt32,
  load UInt32,
  brought DateTime('UTC') DEFAULT now(),
  ${columns.join(',\n  ')}
) ENGINE = Memory`;

/** Made them a table on the disk, which cost half of sealing; migration 5 takes its place. */
export const stagingOnDisk: Migration = { id: 3, name: 'spans at hand while they are sealed', statements: [] };

export const staging: Migration = {
  id: 5,
  name: 'spans at hand in memory while they are sealed',
  statements: ['DROP TABLE IF EXISTS staged_spans SYNC', stagedSpans],
};
