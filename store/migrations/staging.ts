/** What is at hand while slots are sealed; see store/sealing/staged.ts. */
import type { Migration } from '../migrate.ts';
import { ODD_COLUMNS } from '../odd-calls.ts';
import { SPAN_COLUMNS } from '../spans.ts';

const spans = Object.entries(SPAN_COLUMNS).map(([name, type]) => `${name} ${type}`);
const odd = Object.entries(ODD_COLUMNS).map(([name, type]) => `${name} ${type}`);
const NAME = 'LowCardinality(String)';
const variants = ['load UInt32', 'slot UInt32', `service ${NAME}`, `instance ${NAME}`, `variant ${NAME}`];

/** In memory: rows are looked at a dozen times within minutes, and nothing is lost with them. */
const inMemory = (table: string, columns: readonly string[]) => [
  `DROP TABLE IF EXISTS ${table} SYNC`,
  `CREATE TABLE IF NOT EXISTS ${table} (
  sealer UInt32,
  brought DateTime('UTC') DEFAULT now(),
  ${columns.join(',\n  ')}
) ENGINE = Memory`,
];

/** Made spans at hand a table on the disk, which cost half of sealing; migration 7 takes its place. */
export const stagingOnDisk: Migration = { id: 3, name: 'spans at hand while they are sealed', statements: [] };

/** Made one table in memory; migration 7 takes its place. */
export const stagingOfSpans: Migration = {
  id: 5,
  name: 'spans at hand in memory while they are sealed',
  statements: [],
};

/** Made spans that did not say whether they tell a flag's variant; migration 7 takes its place. */
export const stagingOfAll: Migration = {
  id: 6,
  name: 'spans, flag variants and odd calls at hand in memory while they are sealed',
  statements: [],
};

export const staging: Migration = {
  id: 7,
  name: 'spans at hand tell which of them know a flag variant',
  statements: [
    ...inMemory('staged_spans', ['load UInt32', ...spans]),
    ...inMemory('staged_variants', variants),
    ...inMemory('staged_odd_calls', odd),
  ],
};
