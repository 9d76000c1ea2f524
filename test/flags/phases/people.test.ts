/** What comes before every phase, and what ends a case: people, new upgrades, a flag server that is away. */
import { describe, expect, it } from 'vitest';
import { rearmed } from '../../../flags/people.ts';
import type { FlagState } from '../../../flags/state.ts';
import { refused } from '../../../flags/step.ts';
import type { ControllerState } from '../../../model.ts';
import { BURNING, event, known, MINUTE, NOW, policy, upgrade } from '../fixtures.ts';
import { changed, check, type Row, state, writing } from './table.ts';

describe('HOLD, YIELDED, BLOCKED, EXHAUSTED', () => {
  const holding = state('HOLD', changed);
  const blocked = (from: ControllerState, more: Partial<FlagState> = {}) =>
    state('BLOCKED', { blockedFrom: from, reason: 'flag-server', ...more });
  it.each<Row>([
    { when: 'the cool-down runs', from: holding, reads: { slos: BURNING }, to: 'HOLD' },
    { when: 'the cool-down is over', from: { ...holding, lastChangeMs: NOW - 30 * MINUTE }, to: 'HANDED_BACK' },
    {
      when: 'a person turns it on in the cool-down',
      from: holding,
      reads: { flag: known([event(12, false)]) },
      to: 'YIELDED',
    },
    { when: 'yielded, and the budget burns', from: state('YIELDED'), reads: { slos: BURNING }, to: 'YIELDED' },
    {
      when: 'yielded, and a new upgrade begins',
      from: state('YIELDED'),
      reads: { slos: BURNING, evidence: upgrade({ upgradeId: 'u2' }) },
      to: 'YIELDED',
    },
    {
      when: 'readable again',
      from: blocked('VERIFY_PUBLISHED', changed),
      reads: { published: false },
      to: 'VERIFY_PUBLISHED',
    },
    {
      when: 'still blocked',
      from: blocked('KILL'),
      reads: { flag: { kind: 'blocked', line: '401' } },
      to: 'BLOCKED',
      reason: 'flag-server',
    },
    {
      when: 'a refused write, soon after',
      from: refused(state('KILL', writing()), '403', NOW - 59_000, policy()),
      reads: { slos: BURNING },
      to: 'BLOCKED',
      reason: 'refused',
    },
    {
      when: 'a refused write, a minute later',
      from: refused(state('KILL', writing()), '403', NOW - 60_000, policy()),
      reads: { slos: BURNING },
      to: 'CONFIRMED',
    },
    { when: 'exhausted', from: state('EXHAUSTED', changed), reads: { slos: BURNING }, to: 'EXHAUSTED' },
    {
      when: 'exhausted, then a new upgrade',
      from: state('EXHAUSTED', changed),
      reads: { evidence: upgrade({ upgradeId: 'u2' }) },
      to: 'OBSERVE',
    },
    {
      when: 're-armed within the cool-down',
      from: rearmed(state('YIELDED', { lastChangeMs: NOW - MINUTE }), NOW),
      reads: { slos: BURNING },
      to: 'CONFIRMED',
    },
  ])('$when -> $to $reason', check);
});

describe('people', () => {
  const confirmed = state('CONFIRMED');
  const on = { kind: 'enabled', enabled: true } as const;
  const effect = (id: number, ours: boolean, enabled: boolean) => ({ ...event(id, ours), effect: { ...on, enabled } });
  /** A person turned the flag on, and a write of ours that came after them turned it off. */
  const overwritten = known([effect(11, false, true), effect(12, true, false)], { enabled: false });
  const undo = { kind: 'undo', undo: on };
  const yielded = state('YIELDED', writing());
  it.each<Row>([
    {
      when: 'the flag is tagged',
      from: confirmed,
      reads: { slos: BURNING, flag: known([], { tags: ['simple:hinge-managed', 'simple:hinge-hold'] }) },
      to: 'YIELDED',
      reason: 'tagged',
      text: /tagged hinge-hold/,
    },
    {
      when: 'the tag stays',
      from: state('YIELDED', { reason: 'tagged' }),
      reads: { slos: BURNING, flag: known([], { tags: ['simple:hinge-hold'] }) },
      to: 'YIELDED',
      reason: 'tagged',
    },
    {
      when: 'the tag is taken away',
      from: state('YIELDED', { reason: 'tagged' }),
      reads: { slos: BURNING, flag: known([event(12, false)]) },
      to: 'OBSERVE',
      text: /the tag hinge-hold is gone/,
      has: { armedEventId: null, breach: null },
    },
    {
      when: 'whether the tag is gone cannot be read',
      from: state('YIELDED', { reason: 'tagged' }),
      reads: { flag: { kind: 'blocked', line: '503' } },
      to: 'YIELDED',
      reason: 'tagged',
    },
    {
      when: 'the tag is taken away, and a person holds the flag by word',
      from: state('YIELDED', { reason: 'tagged' }),
      reads: { held: true },
      to: 'YIELDED',
      reason: 'tagged',
    },
    {
      when: 'the flag carries the tag of another policy',
      from: confirmed,
      reads: { slos: BURNING, flag: known([], { tags: ['simple:hands-off'] }) },
      policy: { holdTag: 'hands-off' },
      to: 'YIELDED',
      reason: 'tagged',
    },
    {
      when: 'a person changes a flag that was confirmed and refused',
      from: refused(state('KILL', writing()), '403', NOW, policy()),
      reads: { slos: BURNING, flag: known([event(11, false)]) },
      to: 'YIELDED',
    },
    {
      when: 'a person changes a free flag while the flag server is away',
      from: state('BLOCKED', { blockedFrom: 'OBSERVE', reason: 'flag-server' }),
      reads: { flag: known([event(11, false)]) },
      to: 'OBSERVE',
    },
    {
      when: 'a person changes the flag, and a new upgrade begins, between two looks',
      from: state('HOLD', changed),
      reads: { flag: known([event(12, false)]), evidence: upgrade({ upgradeId: 'u2' }) },
      to: 'YIELDED',
    },
    {
      when: 'ours came after theirs',
      from: yielded,
      reads: { flag: overwritten },
      to: 'YIELDED',
      reason: 'putting-back',
      intents: [undo],
      text: /overwrote what ada set/,
    },
    {
      when: 'ours came after theirs, and they hold the flag',
      from: { ...yielded, reason: 'held' },
      reads: { flag: overwritten },
      to: 'YIELDED',
      reason: 'held',
    },
    {
      when: 'ours came after theirs, and the mode is dry-run now',
      from: yielded,
      reads: { flag: overwritten },
      policy: { mode: 'dry-run' },
      to: 'YIELDED',
      reason: 'overwritten',
      text: /look at checkout.retry in Unleash/,
    },
    {
      when: 'putting back did not show up yet',
      from: { ...yielded, reason: 'putting-back', undoing: { attempts: 1, triedMs: NOW - 1_999 } },
      reads: { flag: overwritten },
      to: 'YIELDED',
      reason: 'putting-back',
    },
    {
      when: 'putting back failed three times',
      from: { ...yielded, reason: 'putting-back', undoing: { attempts: 3, triedMs: NOW - MINUTE } },
      reads: { flag: overwritten },
      to: 'YIELDED',
      reason: 'overwritten',
    },
    {
      when: 'theirs stands again',
      from: { ...yielded, reason: 'putting-back', undoing: { attempts: 1, triedMs: NOW - 1_000 } },
      reads: { flag: known([effect(11, false, true), effect(12, true, false), effect(13, true, true)]) },
      to: 'YIELDED',
      reason: 'put-back',
      text: /what ada set stands again/,
    },
    {
      when: 'theirs came after ours',
      from: yielded,
      reads: { flag: known([effect(11, true, false), effect(12, false, true)]) },
      to: 'YIELDED',
    },
  ])('$when -> $to $reason', check);

  it('who re-arm a flag begin a new case; a call without an answer may be heard two minutes later', () => {
    const case_ = {
      recorded: { enabled: true, strategies: [] },
      restoredMs: NOW,
      undoing: { attempts: 1, triedMs: NOW },
    };
    const next = rearmed(state('YIELDED', { ...writing({ triedMs: NOW - MINUTE }), ...case_, lastChangeMs: 1 }), NOW);
    expect(next).toMatchObject({ phase: 'OBSERVE', change: null, recorded: null, restoredMs: null, undoing: null });
    expect(next).toMatchObject({ armedEventId: null, lastChangeMs: NOW + MINUTE });
  });
});

describe('the cool-down after a person re-arms a flag', () => {
  const { change } = changed;
  it.each([
    ['counts from a change that was read back', change, 0],
    ['counts from when the earlier of several calls may be heard at the latest', { ...change, attempts: 2 }, 120_000],
    ['counts from when a call without an answer may be heard at the latest', { ...change, eventId: null }, 120_000],
  ])('%s', (_, made, laterMs) => {
    const { lastChangeMs } = rearmed(state('YIELDED', { change: made, lastChangeMs: null }), NOW);
    expect(lastChangeMs).toBe(change.triedMs + laterMs);
  });
});
