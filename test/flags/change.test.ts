/** The ways down, one change at a time, and the way back to what was recorded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInForce, nextChange, type Setting, type WaysDown } from '../../flags/change.ts';
import type { FlagSnapshot, FlagStrategy } from '../../flags/port.ts';
import { nextRestore, recordOf } from '../../flags/restore.ts';
import { LADDER, snapshot } from './fixtures.ts';

fc.configureGlobal({ seed: 20_261_120 });

/** The flag as a change leaves it. */
function made(change: Setting, flag: FlagSnapshot): FlagSnapshot {
  if (change.kind === 'disable' || change.kind === 'enable') return { ...flag, enabled: change.kind === 'enable' };
  const id = change.kind === 'payload' ? change.place.strategyId : change.strategyId;
  const strategies = flag.strategies.map((one) => {
    if (one.id !== id) return one;
    if (change.kind === 'rollout') return { ...one, rollout: change.to };
    const variants = one.variants.map((variant, index) =>
      index === change.place.variant ? { ...variant, payload: change.to } : variant,
    );
    return { ...one, variants };
  });
  return { ...flag, strategies };
}

describe('the next change', () => {
  const strategy = (payload: string | null, id = 's1', enabled = true) => ({
    id,
    name: 'flexibleRollout',
    enabled,
    rollout: '100',
    variants: [{ name: 'v2', payload }],
  });
  const place = { strategyId: 's1', variant: 0 };
  const off = { kind: 'disable' };

  it.each([
    { when: 'the flag is off', flag: { enabled: false }, ladder: LADDER, next: null },
    { when: 'there is no ladder', flag: {}, ladder: [], next: off },
    {
      when: 'on the first rung',
      flag: { strategies: [strategy('{"baseMs":5}')] },
      ladder: LADDER,
      next: { kind: 'payload', place, from: '{"baseMs":5}', to: '{"baseMs":50}' },
    },
    {
      when: 'on the first rung, spelled otherwise',
      flag: { strategies: [strategy('{ "baseMs": 5 }')] },
      ladder: LADDER,
      next: { kind: 'payload', place, from: '{ "baseMs": 5 }', to: '{"baseMs":50}' },
    },
    { when: 'on the last rung', flag: { strategies: [strategy('{"baseMs":500}')] }, ladder: LADDER, next: off },
    { when: 'on no rung', flag: { strategies: [strategy('{"baseMs":7}')] }, ladder: LADDER, next: off },
    { when: 'with no payload', flag: { strategies: [strategy(null)] }, ladder: LADDER, next: off },
    {
      when: 'with two payloads',
      flag: { strategies: [strategy('{"baseMs":5}'), strategy('{"baseMs":5}', 's2')] },
      ladder: LADDER,
      next: off,
    },
    {
      when: 'with a second payload that is disabled',
      flag: { strategies: [strategy('{"baseMs":5}'), strategy('{"baseMs":5}', 's2', false)] },
      ladder: LADDER,
      next: { kind: 'payload', place, from: '{"baseMs":5}', to: '{"baseMs":50}' },
    },
  ])('$when', ({ flag, ladder, next }) => {
    expect(nextChange(snapshot(flag), { policy: 'tune', ladder, rolloutLadder: [] })).toEqual(next);
  });

  it('reaches off from any rung in as many changes as there are rungs left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LADDER.length - 1 }), (start) => {
        let flag = snapshot({ strategies: [strategy(LADDER[start] ?? null)] });
        const ways = { policy: 'tune', ladder: LADDER, rolloutLadder: [] } as const;
        let changes = 0;
        for (let next = nextChange(flag, ways); next !== null && changes < 10; next = nextChange(flag, ways)) {
          changes += 1;
          flag = made(next, flag);
          expect(isInForce(next, flag)).toBe(true);
        }
        expect(changes).toBe(LADDER.length - start);
      }),
    );
  });
});

describe('the next change by the rollout', () => {
  const at = (rollout: string | null, more: Partial<FlagStrategy> = {}): FlagStrategy => ({
    id: 's1',
    name: 'flexibleRollout',
    enabled: true,
    rollout,
    variants: [],
    ...more,
  });
  const to = (from: string, percent: string) => ({ kind: 'rollout', strategyId: 's1', from, to: percent });
  const off = { kind: 'disable' };

  it.each([
    { when: 'everybody', strategies: [at('100')], next: to('100', '50') },
    { when: 'on a rung', strategies: [at('50')], next: to('50', '5') },
    { when: 'between rungs', strategies: [at('20')], next: to('20', '5') },
    { when: 'on the last rung', strategies: [at('5')], next: off },
    { when: 'below the last rung', strategies: [at('1')], next: off },
    { when: 'a text that the server takes for 100', strategies: [at('500')], next: off },
    { when: 'a text that the server takes for 0', strategies: [at('abc')], next: off },
    { when: 'a strategy without a rollout', strategies: [at(null)], next: off },
    { when: 'two strategies', strategies: [at('100'), at('100', { id: 's2' })], next: off },
    {
      when: 'a second one that is disabled',
      strategies: [at('100'), at('7', { id: 's2', enabled: false })],
      next: to('100', '50'),
    },
    { when: 'off', strategies: [at('100')], enabled: false, next: null },
  ])('$when', ({ strategies, enabled = true, next }) => {
    const ways = { policy: 'step-down', ladder: LADDER, rolloutLadder: [50, 5] } as const;
    expect(nextChange(snapshot({ strategies, enabled }), ways)).toEqual(next);
  });

  it('the policy kill knows no ladder', () => {
    const ways = { policy: 'kill', ladder: LADDER, rolloutLadder: [50] } as const;
    expect(nextChange(snapshot(), ways)).toEqual(off);
  });
});

describe('the way back', () => {
  const strategies = fc.array(
    fc.record({
      rollout: fc.constantFrom('100', '50', '20', '3'),
      enabled: fc.boolean(),
      payloads: fc.array(fc.constantFrom(...LADDER), { maxLength: 2 }),
    }),
    { maxLength: 3 },
  );
  const flags = strategies.map((list) =>
    snapshot({
      strategies: list.map(({ rollout, enabled, payloads }, index) => ({
        id: `s${index}`,
        name: 'flexibleRollout',
        enabled,
        rollout,
        variants: payloads.map((payload, variant) => ({ name: `v${variant}`, payload })),
      })),
    }),
  );
  const policies = fc.constantFrom<WaysDown[]>(
    { policy: 'tune', ladder: LADDER, rolloutLadder: [] },
    { policy: 'step-down', ladder: [], rolloutLadder: [60, 10] },
    { policy: 'kill', ladder: [], rolloutLadder: [] },
  );

  it('leads from wherever the way down led to exactly the recorded state, and on comes last', () => {
    fc.assert(
      fc.property(flags, policies, (before, ways) => {
        let flag = before;
        for (let next = nextChange(flag, ways); next !== null; next = nextChange(flag, ways)) flag = made(next, flag);
        const kinds: string[] = [];
        let next = nextRestore(recordOf(before), flag);
        for (; next.kind === 'change' && kinds.length < 20; next = nextRestore(recordOf(before), flag)) {
          kinds.push(next.change.kind);
          flag = made(next.change, flag);
        }
        const canBeOn = before.strategies.some(({ enabled }) => enabled);
        expect(next.kind).toBe(canBeOn ? 'done' : 'impossible');
        if (canBeOn) expect(flag).toEqual(before);
        expect(kinds.slice(0, -1)).not.toContain('enable');
      }),
    );
  });

  it.each([
    { when: 'a strategy is gone', more: { strategies: [] } },
    {
      when: 'a strategy was added',
      more: { strategies: [...snapshot().strategies, { ...snapshot().strategies[0], id: 's9' }] },
    },
    {
      when: 'a strategy was disabled',
      more: { strategies: snapshot().strategies.map((one) => ({ ...one, enabled: false })) },
    },
  ])('is not taken where $when', ({ more }) => {
    const now = { ...snapshot({ enabled: false }), ...more } as FlagSnapshot;
    expect(nextRestore(recordOf(snapshot()), now)).toEqual({
      kind: 'impossible',
      why: 'its strategies are not those of then',
    });
  });
});
