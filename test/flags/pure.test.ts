/** Burn rates, behaviours and the journal's chain. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { badShare, burnRate, ruleHolds } from '../../analysis/live/burn.ts';
import { policyOf } from '../../flags/behaviour.ts';
import { chain, type JournalDraft, verifyChain } from '../../flags/journal.ts';
import type { JournalEntry } from '../../model.ts';
import { BEHAVIOUR, SLO } from './fixtures.ts';

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
    [{ rolloutLadder: [100] }, /rolloutLadder\[0\] must be a whole percentage from 0 to 99/],
    [{ rolloutLadder: [50, 2.5] }, /rolloutLadder\[1\]/],
    [{ rolloutLadder: [5, 50] }, /rolloutLadder\[1\] .*lower than the one before/],
    [{ rolloutLadder: [5, -1] }, /rolloutLadder\[1\]/],
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
