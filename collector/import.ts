/** Loads a telemetry file through a committer, reading on while earlier lines are being committed. */

import type { Committer } from './commit.ts';
import type { Decoded } from './decode.ts';
import { readTelemetryFile } from './files.ts';
import type { Limits } from './limits.ts';

/**
 * Yields each request of the file once it is handed to the committer; all of them are committed when the iteration ends.
 * Waits while more than half of `maxBytesInFlight` is under way, so that memory stays bounded and nothing is refused.
 *
 * @throws HingeError of `readTelemetryFile`, or what the committer threw.
 */
export async function* importTelemetryFile(
  path: string,
  limits: Limits,
  committer: Committer,
): AsyncGenerator<Decoded, void, undefined> {
  const underWay = new Set<Promise<void>>();
  for await (const decoded of readTelemetryFile(path, limits)) {
    while (underWay.size > 0 && committer.counters().queueBytes > limits.maxBytesInFlight / 2) {
      await Promise.race(underWay);
    }
    const added = committer.add(decoded.chunks);
    underWay.add(added);
    // One that fails stays: waiting for it throws what it failed with.
    added.then(
      () => underWay.delete(added),
      () => {},
    );
    yield decoded;
  }
  await Promise.all(underWay);
}
