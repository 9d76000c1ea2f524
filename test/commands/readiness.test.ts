/** /readyz: whether telemetry can be taken now. A store that answers and commits nothing is not ready. */

import { expect, it } from 'vitest';
import { createReadiness } from '../../commands/serve/readiness.ts';

const status = { spans: 0, bytesOnDisk: 0, sealedUntilMs: null, newestSpanMs: null, oldestSpanMs: null };

it.each([
  ['a store that answers and was never asked to insert', true, null, true],
  ['an insert that failed just now', true, 0, false],
  ['an insert that failed half a minute ago', true, 30_000, false],
  ['an insert that failed longer ago: somebody has to try', true, 30_001, true],
  ['a store that does not answer', false, null, false],
] as const)('%s', async (_, answers, failedMsAgo, ready) => {
  const store = { ping: async () => answers, status: async () => status };
  const readiness = createReadiness({
    store,
    failedMsAgo: async () => failedMsAgo,
    clock: () => 0,
    flagLines: () => [],
  });

  const { ready: said, checks } = await readiness();

  expect(said).toBe(ready);
  expect(checks.every(({ ok }) => ok)).toBe(ready);
});
