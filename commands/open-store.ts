/** Opens the store that a configuration names: the embedded engine in the data folder, or a server by URL. */

import type { Config } from '../config.ts';
import type { Connection, Log } from '../model.ts';
import { type Engine, openEngine } from '../store/engine/engine.ts';
import { openStore, type Store } from '../store/store.ts';
import { defined } from './defined.ts';

export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  readonly connection: Connection;
  /** Absent when a server is used. */
  readonly engine: Engine | undefined;
}

export async function openConfiguredStore(config: Config, log: Log): Promise<OpenedStore> {
  await using stack = new AsyncDisposableStack();
  const { url, username, password, port, durability, ...options } = config.store;
  const engine =
    url === undefined
      ? stack.use(await openEngine({ dataDir: config.data, durability, httpPort: port, log }))
      : undefined;
  const connection = engine?.connection ?? { url: url ?? '', username, password };
  const store = stack.use(
    await openStore({ connection, ...defined(options), collects: config.collector.enabled, log }),
  );
  const owned = stack.move();
  return { store, connection, engine, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
