/** How long a sender waits for a store that does not answer: no longer than exporters do, 10 s from when they began to send. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Committer } from '../../collector/commit/commit.ts';
import { createIntake } from '../../collector/intake.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { silentLog } from '../support/engine.ts';

const NOTHING = { accepted: 0, rejected: 0, truncated: 0, message: '' };

/** Takes everything and commits nothing. */
const committer = {
  add: async () => ({ outcome: NOTHING, committed: new Promise<void>(() => {}) }),
  counters: () => ({ queueBytes: 0 }),
} as unknown as Committer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  [0, 8_000],
  [3_000, 5_000],
  [7_000, 2_000],
  [60_000, 2_000],
])('one whose request took %d ms to arrive is answered within %d ms', async (waitedMs, answeredMs) => {
  const intake = createIntake({ limits: DEFAULT_LIMITS, committer, log: silentLog });
  let answer = 'none';
  const taken = intake.take('traces', 'protobuf', new Uint8Array(), { waitedMs }).catch(({ code }) => {
    answer = code;
  });
  await vi.advanceTimersByTimeAsync(answeredMs - 1);
  expect(answer).toBe('none');
  await vi.advanceTimersByTimeAsync(1);
  await taken;
  expect(answer).toBe('STORE_UNAVAILABLE');
});
