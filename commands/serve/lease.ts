/** The lease of the controller, where several processes may share the store. The embedded engine has one process by its lock. */

import type { Config } from '../../config.ts';
import { createLease, type Lease } from '../../flags/lease.ts';
import type { Log } from '../../model.ts';
import type { Store } from '../../store/store.ts';

/** Claims from now on; given back when the stack closes, after the controller. */
export function openConfiguredLease(
  { store: { url } }: Config,
  { claims }: Store,
  stack: AsyncDisposableStack,
  log: Log,
): Lease | undefined {
  if (url === undefined) return undefined;
  const lease = stack.use(createLease({ claims, log }));
  lease.start();
  return lease;
}
