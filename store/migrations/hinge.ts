/**
 * Migration 2: Hinge's own tables. Derived rows (cells, self times) carry the version of the sealing that wrote them and
 * count only while `seals` names that version as the newest of its slot and recipe; see store/seal.ts.
 */
import type { Migration } from '../migrate.ts';

const HISTOGRAM = `buckets Array(Int32) CODEC(ZSTD(1)),
  counts Array(UInt64) CODEC(T64, ZSTD(1))`;

const seals = `CREATE TABLE IF NOT EXISTS seals (
  recipe LowCardinality(String),
  slot DateTime('UTC'),
  width_seconds UInt32,
  version UInt64,
  fingerprint UInt64
) ENGINE = MergeTree ORDER BY (recipe, slot, version)`;

const cells = `CREATE TABLE IF NOT EXISTS cells (
  slot DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  version UInt64 CODEC(Delta(8), ZSTD(1)),
  service LowCardinality(String),
  endpoint LowCardinality(String),
  kind LowCardinality(String),
  peer LowCardinality(String),
  build LowCardinality(String),
  variant LowCardinality(String),
  instance LowCardinality(String),
  calls UInt64 CODEC(T64, ZSTD(1)),
  errors UInt64 CODEC(T64, ZSTD(1)),
  retries UInt64 CODEC(T64, ZSTD(1)),
  ${HISTOGRAM},
  gap_buckets Array(Int32) CODEC(ZSTD(1)),
  gap_counts Array(UInt64) CODEC(T64, ZSTD(1))
) ENGINE = MergeTree
PARTITION BY toYYYYMM(slot)
ORDER BY (slot, service, endpoint, kind, peer, build, variant, instance)`;

const selfTimes = `CREATE TABLE IF NOT EXISTS self_times (
  slot DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  version UInt64 CODEC(Delta(8), ZSTD(1)),
  root_service LowCardinality(String),
  root_endpoint LowCardinality(String),
  unit LowCardinality(String),
  build LowCardinality(String),
  variant LowCardinality(String),
  instance LowCardinality(String),
  requests UInt64 CODEC(T64, ZSTD(1)),
  spans UInt64 CODEC(T64, ZSTD(1)),
  ${HISTOGRAM}
) ENGINE = MergeTree
PARTITION BY toYYYYMM(slot)
ORDER BY (slot, root_service, root_endpoint, unit, build, variant, instance)`;

/** A later row of the same id replaces the earlier one. */
const upgrades = `CREATE TABLE IF NOT EXISTS upgrades (
  id String,
  version UInt64,
  name String,
  started DateTime64(3, 'UTC'),
  finished Nullable(DateTime64(3, 'UTC')),
  changed String
) ENGINE = ReplacingMergeTree(version) ORDER BY id`;

const journal = `CREATE TABLE IF NOT EXISTS journal (
  sequence UInt64,
  at DateTime64(3, 'UTC'),
  actor String,
  flag String,
  environment String,
  upgrade_id String,
  state LowCardinality(String),
  intent String,
  text String,
  evidence String,
  previous_hash String,
  hash String
) ENGINE = MergeTree ORDER BY sequence
SETTINGS non_replicated_deduplication_window = 1000`;

/** What a chart marks with a vertical line: upgrades, and what Hinge was about to do to flags. */
const markers = `CREATE VIEW IF NOT EXISTS markers AS
SELECT started AS time, 'upgrade' AS kind, concat('upgrade ', name, ' started') AS text FROM upgrades FINAL
UNION ALL
SELECT assumeNotNull(finished) AS time, 'upgrade' AS kind, concat('upgrade ', name, ' finished') AS text
FROM upgrades FINAL WHERE finished IS NOT NULL
UNION ALL
SELECT at AS time, 'action' AS kind, concat(flag, ': ', text) AS text FROM journal WHERE intent != ''`;

/** Flat rows for boards: the newest version of every slot, by the recipe that sealed last. */
const newest = `SELECT slot, max(version) FROM seals
WHERE recipe = (SELECT argMax(recipe, version) FROM seals) GROUP BY slot`;
const flatView = (view: string, table: string) =>
  `CREATE VIEW IF NOT EXISTS ${view} AS SELECT * EXCEPT (version) FROM ${table} WHERE (slot, version) IN (${newest})`;

export const hinge: Migration = {
  id: 2,
  name: 'cells, self times, upgrades and the journal',
  statements: [
    seals,
    cells,
    selfTimes,
    upgrades,
    journal,
    markers,
    flatView('sealed_cells', 'cells'),
    flatView('sealed_self_times', 'self_times'),
  ],
};
