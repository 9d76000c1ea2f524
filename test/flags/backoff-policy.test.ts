/** Retry policies: payloads are taken whole or not at all, delays keep their bounds, retries are earned. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BUDGET_BURST, createBudget } from '../../flags/backoff/budget.ts';
import { isRetryable, parseRetryAfter, ResponseError, statusOf } from '../../flags/backoff/failure.ts';
import { createPolicyReader, type FlagVariant } from '../../flags/backoff/flag.ts';
import {
  DEFAULT_POLICY,
  delayMs,
  POLICY_BOUNDS,
  parsePolicy,
  policyProblems,
  type RetryPolicy,
} from '../../flags/backoff/policy.ts';

fc.configureGlobal({ seed: 20_261_120 });

const within = ({ min, max, integer }: { min: number; max: number; integer?: true }): fc.Arbitrary<number> =>
  integer ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });

const policies: fc.Arbitrary<RetryPolicy> = fc
  .record({
    baseMs: within(POLICY_BOUNDS.baseMs),
    multiplier: within(POLICY_BOUNDS.multiplier),
    capMs: within(POLICY_BOUNDS.capMs),
    maxAttempts: within(POLICY_BOUNDS.maxAttempts),
    budgetRatio: within(POLICY_BOUNDS.budgetRatio),
    attemptTimeoutMs: within(POLICY_BOUNDS.attemptTimeoutMs),
    jitter: fc.constantFrom('none' as const, 'equal' as const, 'full' as const),
  })
  .filter(({ baseMs, capMs }) => capMs >= baseMs);

describe('a payload', () => {
  it('with every setting within its bounds is the policy', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        expect(parsePolicy(JSON.stringify(policy))).toEqual({ ok: true, policy: JSON.parse(JSON.stringify(policy)) });
      }),
    );
  });

  it('with some settings leaves the rest at the defaults', () => {
    expect(parsePolicy('{"baseMs":50,"jitter":"none"}')).toEqual({
      ok: true,
      policy: { ...DEFAULT_POLICY, baseMs: 50, jitter: 'none' },
    });
  });

  it.each([
    ['not JSON', '{', ['payload: not JSON']],
    ['a list', '[]', ['payload: not a JSON object']],
    ['null', 'null', ['payload: not a JSON object']],
    ['too long', `{"baseMs":${' '.repeat(5_000)}1}`, ['payload: longer than 4096 characters']],
    ['an unknown setting', '{"basems":50}', ['basems: no such setting']],
    ['a prototype', '{"__proto__":{"baseMs":1}}', ['__proto__: no such setting']],
    ['a string for a number', '{"baseMs":"50"}', ['baseMs: not a number from 1 to 5000']],
    ['one over a bound', '{"maxAttempts":11}', ['maxAttempts: not a number from 1 to 10']],
    ['half an attempt', '{"maxAttempts":2.5}', ['maxAttempts: not a whole number']],
    ['an unknown jitter', '{"jitter":"some"}', ['jitter: not none, equal or full']],
    ['a cap under the base', '{"baseMs":500,"capMs":100}', ['capMs: less than baseMs']],
    ['a cap under the default base', '{"capMs":50}', ['capMs: less than baseMs']],
    ['two problems', '{"baseMs":0,"x":1}', ['baseMs: not a number from 1 to 5000', 'x: no such setting']],
  ])('%s is refused whole', (_name, payload, problems) => {
    expect(parsePolicy(payload)).toEqual({ ok: false, problems });
  });

  it('of any text gives a policy within bounds or problems, and never throws', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      policies.map((policy) => JSON.stringify(policy)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parsePolicy(text);
        if (parsed.ok) expect(policyProblems({ ...parsed.policy })).toEqual([]);
        else expect(parsed.problems).not.toEqual([]);
      }),
    );
  });
});

describe('the policy in force', () => {
  const variant = (value: string, name = 'v2'): FlagVariant => ({
    name,
    enabled: true,
    payload: { type: 'json', value },
  });
  const read = (given: FlagVariant) => createPolicyReader({ getVariant: () => given }, 'flag')();

  it.each<[string, FlagVariant, object]>([
    ['the flag is off', { name: 'disabled', enabled: false }, { source: 'default', variant: 'disabled' }],
    ['the flag is off under another name', { name: 'v2', enabled: false }, { source: 'default', variant: 'disabled' }],
    ['there is no payload', { name: 'v2', enabled: true }, { source: 'default', variant: 'disabled' }],
    ['the payload is wrong', variant('{"baseMs":-1}'), { source: 'flag-invalid', variant: 'disabled' }],
    ['the payload is right', variant('{"baseMs":7}'), { source: 'flag', variant: 'v2' }],
  ])('when %s', async (_name, given, expected) => {
    const baseMs = given.payload?.value === '{"baseMs":7}' ? 7 : DEFAULT_POLICY.baseMs;
    expect(await read(given)).toEqual({ ...expected, policy: { ...DEFAULT_POLICY, baseMs } });
  });

  it('is parsed once a payload, and a wrong payload is told once', async () => {
    const onInvalid = vi.fn();
    let value = '{"baseMs":-1}';
    const reader = createPolicyReader({ getVariant: () => variant(value) }, 'flag', DEFAULT_POLICY, onInvalid);
    await reader();
    await reader();
    expect(onInvalid).toHaveBeenCalledExactlyOnceWith(['baseMs: not a number from 1 to 5000'], value);
    value = '{"baseMs":7}';
    expect((await reader()).policy.baseMs).toBe(7);
    expect(await reader()).toBe(await reader());
  });
});

describe('the delay', () => {
  it.each([
    { attempt: 1, none: 100 },
    { attempt: 2, none: 200 },
    { attempt: 3, none: 400 },
    { attempt: 6, none: 2_000 },
  ])('after attempt $attempt is $none without jitter', ({ attempt, none }) => {
    expect(delayMs({ ...DEFAULT_POLICY, jitter: 'none' }, attempt, () => 0.5)).toBe(none);
    expect(delayMs({ ...DEFAULT_POLICY, jitter: 'full' }, attempt, () => 0.5)).toBe(none / 2);
    expect(delayMs({ ...DEFAULT_POLICY, jitter: 'equal' }, attempt, () => 0.5)).toBe((none * 3) / 4);
  });

  it('is never negative nor over the cap, for any policy, attempt and chance', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 1_000 }), chance, (policy, attempt, random) => {
        const delay = delayMs(policy, attempt, () => random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(policy.capMs);
      }),
    );
  });
});

describe('the budget', () => {
  it('never gives more retries than the burst and what the operations earned, in any order', () => {
    const steps = fc.array(fc.record({ ratio: fc.option(within(POLICY_BOUNDS.budgetRatio), { nil: null }) }), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const budget = createBudget();
        let earned = 0;
        let retries = 0;
        for (const { ratio } of all) {
          if (ratio === null) retries += budget.withdraw() ? 1 : 0;
          else budget.deposit(ratio);
          earned += ratio ?? 0;
          expect(retries).toBeLessThanOrEqual(BUDGET_BURST + earned + 1e-9);
        }
      }),
    );
  });

  it('gives one retry for ten operations at 0.1 once the burst is spent', () => {
    const budget = createBudget();
    let retries = 0;
    for (let operation = 0; operation < 1_000; operation++) {
      budget.deposit(0.1);
      if (budget.withdraw()) retries += 1;
    }
    expect(retries).toBeGreaterThanOrEqual(100);
    expect(retries).toBeLessThanOrEqual(BUDGET_BURST + 100);
  });
});

describe('failures', () => {
  const now = Date.parse('Fri, 20 Nov 2026 12:00:00 GMT');
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('Retry-After %j is %s ms', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });

  it.each([
    [new ResponseError(503), true],
    [new ResponseError(429), true],
    [new ResponseError(501), false],
    [new ResponseError(404), false],
    [new ResponseError(400, 1_000), true],
    [Object.assign(new Error('x'), { code: 'ECONNRESET' }), true],
    [new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }), true],
    [new TypeError('x is not a function'), false],
    ['a string', false],
    [null, false],
  ])('%s is worth another try: %s', (thrown, expected) => {
    expect(isRetryable(thrown)).toBe(expected);
  });

  it.each([
    [{ statusCode: 503 }, 503],
    [{ status: 200 }, 200],
    [{ status: 'ok' }, undefined],
    [{ status: 7 }, undefined],
    [undefined, undefined],
  ])('the status of %j is %s', (value, expected) => {
    expect(statusOf(value)).toBe(expected);
  });
});
