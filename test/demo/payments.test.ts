import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startInstance } from '../../demo/instance.ts';
import { exchange } from '../../demo/services/http.ts';
import { createTokenBucket } from '../../demo/services/token-bucket.ts';

describe('the token bucket', () => {
  it.each([
    ['lets the burst through at once', [0, 0, 0], [0, 0, 0]],
    ['then says when the next token comes', [0, 0, 0, 0], [0, 0, 0, 100]],
    ['refills with time', [0, 0, 0, 100], [0, 0, 0, 0]],
    ['does not save more than the burst', [0, 10_000, 10_000, 10_000, 10_000], [0, 0, 0, 0, 100]],
    ['takes a clock that steps back for one that stands', [1_000, 1_000, 1_000, 500], [0, 0, 0, 100]],
  ])('%s', (_, timesMs, waitsMs) => {
    const bucket = createTokenBucket(10, 3, 0);
    expect(timesMs.map((atMs) => bucket.take(atMs))).toEqual(waitsMs);
  });

  it('never grants more than the burst and what came since', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (gapsMs, rate, burst) => {
        const bucket = createTokenBucket(rate, burst, 0);
        let nowMs = 0;
        let granted = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          if (bucket.take(nowMs) === 0) granted += 1;
          expect(granted).toBeLessThanOrEqual(burst + (nowMs * rate) / 1_000 + 1e-6);
        }
      }),
    );
  });
});

describe('the payment provider', () => {
  it('answers 429 with Retry-After beyond its rate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hinge-payments-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
    await using payments = await startInstance({
      name: 'payments',
      program: join(import.meta.dirname, '../../demo/services/payments.ts'),
      env: { CHARGES_PER_SECOND: '16', SEED: '1' },
      logFile: join(folder, 'payments.log'),
    });
    const charge = () => exchange({ method: 'POST', url: `${payments.url}/charges` });
    const answers = await Promise.all(Array.from({ length: 40 }, charge));
    const throttled = answers.filter(({ status }) => status === 429);
    // A quarter of a second's worth at once, and what comes in while the others are on their way.
    expect(throttled.length).toBeGreaterThan(20);
    expect(throttled.length).toBeLessThanOrEqual(36);
    expect(new Set(throttled.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['1']));
  });
});
