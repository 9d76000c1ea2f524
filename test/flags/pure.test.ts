/** Burn rates, the next change, behaviours and the journal's chain. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { badShare, burnRate, ruleHolds } from '../../analysis/live/burn.ts';
import { policyOf } from '../../flags/behaviour.ts';
import { isInForce, nextChange } from '../../flags/change.ts';
import { chain, type JournalDraft, verifyChain } from '../../flags/journal.ts';
import type { JournalEntry } from '../../model.ts';
import { BEHAVIOUR, LADDER, SLO, snapshot } from './fixtures.ts';

fc.configureGlobal({ seed: 20_261_120 });

describe('burn rate', () => {
  it.each([
    // Google SRE Workbook, table 5-8: 99.9 %, 14.4 times spends 2 % of a 30-day budget in an hour.
    { good: 9_856, total: 10_000, objective: 0.999, rate: 14.4 },
    { good: 100, total: 100, objective: 0.99, rate: 0 },
    { good: 99, total: 100, objective: 0.99, rate: 1 },
    { good: 0, total: 100, objective: 0.99, rate: 100 },
    { good: 100, total: 100, objective: 1, rate: 0 },
    { good: 99, total: 100, objective: 1, rate: Number.POSITIVE_INFINITY },
  ])('$good of $total at $objective is $rate', ({ good, total, objective, rate }) => {
    expect(burnRate({ good, total }, objective)).toBeCloseTo(rate, 9);
  });

  it('says nothing without events', () => {
    expect(burnRate({ good: 0, total: 0 }, 0.99)).toBeNull();
    expect(badShare({ good: 0, total: 0 })).toBeNull();
  });

  it('a rule never holds on one window alone, whatever the other says', () => {
    const window = fc
      .record({ good: fc.nat(1_000), bad: fc.nat(1_000) })
      .map(({ good, bad }) => ({ good, total: good + bad }));
    const rule = { longMs: 60_000, shortMs: 10_000, rate: 10 };
    fc.assert(
      fc.property(window, window, fc.integer({ min: 1, max: 100 }), (long, short, minEvents) => {
        const both = [long, short].every((one) => one.total >= minEvents && (burnRate(one, 0.99) ?? 0) >= 10);
        expect(ruleHolds({ rule, long, short }, 0.99, minEvents)).toBe(both);
      }),
    );
  });
});

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
    expect(nextChange(snapshot(flag), ladder)).toEqual(next);
  });

  it('reaches off from any rung in as many changes as there are rungs left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LADDER.length - 1 }), (start) => {
        let flag = snapshot({ strategies: [strategy(LADDER[start] ?? null)] });
        let changes = 0;
        for (
          let change = nextChange(flag, LADDER);
          change !== null && changes < 10;
          change = nextChange(flag, LADDER)
        ) {
          changes += 1;
          flag =
            change.kind === 'disable' ? { ...flag, enabled: false } : { ...flag, strategies: [strategy(change.to)] };
          expect(isInForce(change, flag)).toBe(true);
        }
        expect(changes).toBe(LADDER.length - start);
      }),
    );
  });
});

describe('behaviours', () => {
  it('acts on nothing unless told', () => {
    const { mode, cooldownMs, burn } = policyOf(
      { name: 'b', service: 's', flag: 'f', environment: 'e', slos: [SLO.name] },
      [SLO],
    );
    expect({ mode, cooldownMs, rates: burn.map(({ rate }) => rate) }).toEqual({
      mode: 'dry-run',
      cooldownMs: 1_800_000,
      rates: [14.4, 6],
    });
  });

  it.each([
    [{ flag: '' }, /flag "" must name exactly one/],
    [{ flag: 'pay.*' }, /must name exactly one/],
    [{ environment: ' ' }, /environment " " must name exactly one/],
    [{ service: '*' }, /service "\*" must name exactly one/],
    [{ slos: [] }, /slos is empty/],
    [{ slos: ['gone'] }, /no SLO "gone"; the SLOs are: checkout-latency/],
    [{ burn: [] }, /burn is empty/],
    [{ ladder: ['{"baseMs":5}', '{'] }, /ladder\[1\] is not JSON/],
  ])('refuses %j', (more, line) => {
    expect(() => policyOf({ ...BEHAVIOUR, ...more }, [SLO])).toThrow(line);
  });
});

describe('the journal', () => {
  const draft = (text: string): JournalDraft => ({
    atMs: 1,
    actor: 'hinge',
    flag: 'f',
    environment: 'e',
    upgradeId: 'u',
    state: 'OBSERVE',
    intent: '',
    text,
    evidence: '{}',
  });
  const chained = (texts: readonly string[]): JournalEntry[] => {
    const entries: JournalEntry[] = [];
    for (const text of texts) entries.push(chain(entries.at(-1), draft(text)));
    return entries;
  };
  const texts = fc.array(fc.string(), { minLength: 2, maxLength: 12 });

  it('verifies what it wrote', () => {
    fc.assert(
      fc.property(texts, (all) => {
        expect(verifyChain(chained(all))).toEqual({ ok: true, lines: all.length });
      }),
    );
  });

  it('shows where a field was edited, whichever it is', () => {
    const field = fc.constantFrom(
      'atMs',
      'actor',
      'flag',
      'environment',
      'upgradeId',
      'state',
      'intent',
      'text',
      'evidence',
      'hash',
      'previousHash',
    );
    fc.assert(
      fc.property(texts, field, fc.nat(), (all, key, seed) => {
        const index = seed % all.length;
        const edited = chained(all).map((entry, at) =>
          at === index ? { ...entry, [key]: key === 'atMs' ? 2 : `${entry[key as 'text']}!` } : entry,
        );
        expect(verifyChain(edited)).toMatchObject({ ok: false, sequence: index + 1 });
      }),
    );
  });

  it('shows a line that was edited and given a hash that fits it: the next line does not follow', () => {
    const [first, second] = chained(['a', 'b']);
    if (!first || !second) throw new Error('two lines');
    const forged = chain(undefined, { ...first, text: 'never happened' });
    expect(verifyChain([forged])).toEqual({ ok: true, lines: 1 });
    expect(verifyChain([forged, second])).toMatchObject({ ok: false, sequence: 2 });
  });

  it('shows a line taken out or two in the wrong order', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (all, seed) => {
        const entries = chained(all);
        const index = seed % (all.length - 1);
        expect(verifyChain(entries.toSpliced(index, 1)).ok).toBe(false);
        expect(verifyChain(entries.toSpliced(index, 2, ...entries.slice(index, index + 2).reverse())).ok).toBe(false);
      }),
    );
  });
});
