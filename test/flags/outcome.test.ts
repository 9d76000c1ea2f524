/** What the journal says became of each change, how fast, and how often automation was wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOutcomes, type Outcome } from '../../flags/outcome.ts';
import { summarise } from '../../flags/outcome-summary.ts';
import type { ControllerState, JournalEntry } from '../../model.ts';
import { NOW } from './fixtures.ts';

const UPGRADES = [{ id: 'u1', startedMs: NOW }];

type Step = readonly [
  seconds: number,
  state: ControllerState,
  more?: { flag?: string; reason?: string; decided?: number | null },
];

const WRITES = new Set<ControllerState>(['STEP_DOWN', 'TUNE', 'KILL']);

/** Lines at so many seconds after the upgrade began; a line carries the change that was decided last. */
function journal(steps: readonly Step[]): JournalEntry[] {
  const decided = new Map<string, number | null>();
  return steps.map(([seconds, state, { flag = 'pay.retry', reason = '', decided: told } = {}], index) => {
    if (told !== undefined) decided.set(flag, told);
    else if (WRITES.has(state)) decided.set(flag, seconds);
    const at = decided.get(flag) ?? null;
    const change = at === null ? null : { decidedMs: NOW + at * 1_000 };
    return {
      ...{ sequence: index + 1, atMs: NOW + seconds * 1_000, actor: 'hinge', flag, environment: 'production' },
      ...{ upgradeId: 'u1', state, intent: WRITES.has(state) ? '{"kind":"disable"}' : '', text: '' },
      ...{ evidence: JSON.stringify({ state: { reason, change } }), previousHash: '', hash: '' },
    };
  });
}

const DOWN: readonly Step[] = [
  [60, 'CONFIRMED'],
  [70, 'KILL'],
  [71, 'VERIFY_PUBLISHED'],
  [72, 'VERIFY_RECOVERY'],
];

describe('a change', () => {
  it.each<[Outcome, readonly Step[]]>([
    ['under-way', DOWN],
    ['recovered', [...DOWN, [100, 'HOLD']]],
    ['recovered', [...DOWN, [100, 'HOLD'], [1_900, 'HANDED_BACK']]],
    ['improved', [...DOWN, [672, 'HANDED_BACK']]],
    ['did-not-help', [...DOWN, [672, 'EXHAUSTED']]],
    ['did-not-help', [...DOWN, [672, 'EXHAUSTED'], [700, 'RESTORE'], [710, 'EXHAUSTED']]],
    ['undone', [...DOWN, [80, 'YIELDED']]],
    ['recovered', [...DOWN, [100, 'HOLD'], [200, 'YIELDED']]],
    ['left', [...DOWN, [80, 'YIELDED', { reason: 'held' }]]],
    ['left', [...DOWN, [80, 'YIELDED', { reason: 'tagged' }]]],
    ['left', [...DOWN, [80, 'OBSERVE', { decided: null }]]],
    ['under-way', [...DOWN, [680, 'OBSERVE']]],
    ['under-way', [...DOWN, [80, 'BLOCKED']]],
    [
      'not-applied',
      [
        [60, 'CONFIRMED'],
        [70, 'KILL'],
        [131, 'OBSERVE', { decided: null }],
      ],
    ],
    [
      'undone',
      [
        [60, 'CONFIRMED'],
        [70, 'KILL'],
        [71, 'YIELDED'],
      ],
    ],
  ])('is %s: %j', (outcome, steps) => {
    expect(changeOutcomes(journal(steps), UPGRADES).map((change) => change.outcome)).toEqual([outcome]);
  });

  it('has its times: from the start to the breach, to the decision, to applications, to recovery', () => {
    const [change] = changeOutcomes(journal([[40, 'SUSPECT'], ...DOWN, [100, 'HOLD']]), UPGRADES);
    expect(change).toEqual({
      ...{ flag: 'pay.retry', environment: 'production', upgradeId: 'u1', decidedMs: NOW + 70_000 },
      ...{ outcome: 'recovered', detectMs: 60_000, decideMs: 10_000, publishMs: 2_000, recoverMs: 30_000 },
    });
  });

  it('of an upgrade that nobody knows has no time to detect', () => {
    expect(changeOutcomes(journal(DOWN), [])).toMatchObject([{ detectMs: null, decideMs: 10_000 }]);
  });

  it('is one, however often it is tried, and begins with the breach that lasted', () => {
    const steps: Step[] = [
      [10, 'CONFIRMED'],
      [20, 'OBSERVE'],
      [60, 'CONFIRMED'],
      [65, 'AWAIT_APPROVAL'],
      [70, 'KILL'],
      [73, 'KILL', { decided: 70 }],
      [74, 'VERIFY_PUBLISHED'],
      [75, 'VERIFY_RECOVERY'],
      [90, 'HOLD'],
    ];
    expect(changeOutcomes(journal(steps), UPGRADES)).toMatchObject([
      { outcome: 'recovered', detectMs: 60_000, decideMs: 10_000, publishMs: 5_000, recoverMs: 20_000 },
    ]);
  });

  it('one rung down that does not suffice is followed by the next', () => {
    const rung: Step[] = [
      [60, 'CONFIRMED'],
      [70, 'TUNE'],
      [71, 'VERIFY_PUBLISHED'],
      [72, 'VERIFY_RECOVERY'],
      [680, 'OBSERVE'],
      [690, 'CONFIRMED'],
    ];
    const steps: Step[] = [
      ...rung,
      [2_500, 'KILL'],
      [2_501, 'VERIFY_PUBLISHED'],
      [2_502, 'VERIFY_RECOVERY'],
      [2_520, 'HOLD'],
    ];
    expect(changeOutcomes(journal(steps), UPGRADES)).toMatchObject([
      { outcome: 'not-enough', detectMs: 60_000 },
      { outcome: 'recovered', detectMs: 690_000, decideMs: 1_810_000, recoverMs: 20_000 },
    ]);
  });
});

describe('the figures', () => {
  it('of nothing are no figures', () => {
    expect(summarise([])).toMatchObject({ changes: 0, detectMs: null, recoverMs: null, falseRollbackRate: null });
  });

  it('are medians and counts; a change that was never made counts nowhere', () => {
    const flags = (flag: string, steps: readonly Step[]): Step[] =>
      steps.map(([s, state, more]) => [s, state, { ...more, flag }]);
    const entries = journal([
      ...flags('a', [...DOWN, [100, 'HOLD']]),
      ...flags('b', [...DOWN, [130, 'HOLD']]),
      ...flags('c', [...DOWN, [672, 'EXHAUSTED']]),
      ...flags('d', [...DOWN, [80, 'YIELDED']]),
      ...flags('e', DOWN),
      ...flags('f', [
        [60, 'CONFIRMED'],
        [70, 'KILL'],
        [131, 'OBSERVE', { decided: null }],
      ]),
    ]);
    expect(summarise(changeOutcomes(entries, UPGRADES))).toMatchObject({
      ...{ changes: 5, detectMs: 60_000, decideMs: 10_000, publishMs: 2_000, recoverMs: 45_000 },
      counts: {
        recovered: 2,
        'did-not-help': 1,
        undone: 1,
        'under-way': 1,
        'not-applied': 1,
        left: 0,
        'not-enough': 0,
      },
      falseRollbackRate: 0.5,
    });
  });

  it('are the same for each flag whatever happens to the others meanwhile', () => {
    const states = ['OBSERVE', 'CONFIRMED', 'KILL', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY', 'HOLD', 'YIELDED'] as const;
    const steps = fc.array(fc.tuple(fc.constantFrom(...states), fc.constantFrom('a', 'b')), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (drawn) => {
        const entries = journal(drawn.map(([state, flag], index): Step => [index, state, { flag }]));
        const alone = ['a', 'b'].flatMap((flag) =>
          changeOutcomes(
            entries.filter((entry) => entry.flag === flag),
            UPGRADES,
          ),
        );
        const together = changeOutcomes(entries, UPGRADES);
        expect(together).toEqual(alone.sort((x, y) => x.decidedMs - y.decidedMs));
        const { changes, counts } = summarise(together);
        expect(changes + counts['not-applied']).toBe(together.length);
      }),
    );
  });
});
