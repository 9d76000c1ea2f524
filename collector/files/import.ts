/** Loads a telemetry file through a committer, reading on while earlier lines are being committed. */

import type { Committer } from '../commit/commit.ts';
import type { Limits } from '../limits.ts';
import type { Outcome } from '../request.ts';
import { explain, readTelemetryFile } from './read.ts';

/**
 * Yields the outcome of each request of the file once it is handed to the committer; all of them are committed when the
 * iteration ends. Waits while more than half of `maxBytesInFlight` is under way, so that memory stays bounded and nothing is
 * refused.
 *
 * @throws HingeError of `readTelemetryFile`, or what the committer threw.
 */
export async function* importTelemetryFile(
  path: string,
  limits: Limits,
  committer: Committer,
): AsyncGenerator<Outcome, void, undefined> {
  const underWay = new Set<Promise<void>>();
  for await (const { signal, body, where } of readTelemetryFile(path, limits)) {
    while (underWay.size > 0 && committer.counters().queueBytes > limits.maxBytesInFlight / 2) {
      await Promise.race(underWay);
    }
    const { outcome, committed } = await committer.add(signal, body).catch((error: unknown) => {
      throw explain(error, path, where);
    });
    underWay.add(committed);
    // One that fails stays: waiting for it throws what it failed with.
    committed.then(
      () => underWay.delete(committed),
      () => {},
    );
    yield outcome;
  }
  await Promise.all(underWay);
}
