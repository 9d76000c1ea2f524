/** Taking telemetry: the collector with connections of its own to the store, in whichever thread it runs. */

import { type Collector, openCollector } from '../../collector/collector.ts';
import type { Counters } from '../../collector/counters.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import type { Config } from '../../config.ts';
import type { Connection, Log } from '../../model.ts';
import { createInserter } from '../../store/insert.ts';
import { createAuthorizer } from '../../tokens.ts';
import { defined } from '../defined.ts';

/** Plain data: it is sent to threads. */
export interface TakingOptions {
  readonly collector: Config['collector'];
  readonly tokens: Config['tokens'];
  readonly connection: Connection;
  readonly database: string;
  /** How many collectors share the port, and the memory that there is for all of them. */
  readonly shares: number;
}

/** What takes telemetry, seen from the main thread. */
export interface Taking extends AsyncDisposable {
  readonly address: Collector['address'];
  counters(): Promise<Counters>;
}

/** The store must be open: its tables are taken to be there. @throws as openCollector */
export async function openTaking(options: TakingOptions, log: Log): Promise<Collector> {
  const { grpcPort, tls, host, port, corsOrigins } = options.collector;
  const { shares } = options;
  await using stack = new AsyncDisposableStack();
  const inserter = stack.use(createInserter(options.connection, options.database));
  const authorizer = createAuthorizer(options.tokens, Date.now);
  const collector = stack.use(
    await openCollector({
      host,
      port,
      corsOrigins,
      ...(grpcPort === null ? {} : { grpcPort }),
      ...(tls === undefined ? {} : { tls: defined(tls) }),
      sharesPort: shares > 1,
      limits: {
        maxReceivingBytes: DEFAULT_LIMITS.maxReceivingBytes / shares,
        maxBytesInFlight: DEFAULT_LIMITS.maxBytesInFlight / shares,
      },
      authorize: (authorization) => authorizer(authorization, 'ingest'),
      sink: (block) => inserter.insert(block),
      log,
    }),
  );
  const owned = stack.move();
  return { ...collector, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
