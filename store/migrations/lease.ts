/** Migration 4: claims of the controller's lease. Merges keep the newest, so the table stays small; see store/lease.ts. */
import type { Migration } from '../migrate.ts';

const claims = `CREATE TABLE IF NOT EXISTS controller_claims (
  name LowCardinality(String) DEFAULT 'controller',
  term UInt64,
  holder String,
  lease_ms UInt32,
  at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(term) ORDER BY name
SETTINGS non_replicated_deduplication_window = 1000`;

export const lease: Migration = { id: 4, name: 'claims of the active controller', statements: [claims] };
