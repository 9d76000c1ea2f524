/** Opens what takes telemetry: in threads of its own where there is more than one core, else beside everything else. */

import { availableParallelism } from 'node:os';
import type { Config } from '../../config.ts';
import type { Connection, Log } from '../../model.ts';
import { openCollectorThreads } from './collector-threads.ts';
import { openTaking, type Taking } from './taking.ts';

/** @throws as openCollector */
export async function openConfiguredTaking(config: Config, connection: Connection, log: Log): Promise<Taking> {
  const { collector, tokens, store } = config;
  const threads = collector.threads ?? (availableParallelism() > 1 ? 1 : 0);
  const options = { collector, tokens, connection, database: store.database, shares: Math.max(1, threads) };
  if (threads > 0) return openCollectorThreads(options, log);
  const here = await openTaking(options, log);
  return { ...here, counters: async () => here.counters() };
}
