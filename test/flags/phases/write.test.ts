/** KILL, TUNE, STEP_DOWN: what the flag server shows decides. */
import { describe, expect, it } from 'vitest';
import { refused } from '../../../flags/step.ts';
import { BURNING, event, HEALTHY, known, MINUTE, NOW, policy, snapshot } from '../fixtures.ts';
import { check, kill, type Row, state, toSafer, writing } from './table.ts';

describe('KILL, TUNE, STEP_DOWN: what the flag server shows decides', () => {
  const killing = state('KILL', writing());
  it.each<Row>([
    {
      when: 'our event is there',
      from: killing,
      reads: { slos: BURNING, flag: known([event(11, true)], { enabled: false }) },
      to: 'VERIFY_PUBLISHED',
      text: /^turned checkout.retry off, because/,
    },
    {
      when: 'it is off without an event',
      from: killing,
      reads: { slos: BURNING, flag: known([], { enabled: false }) },
      to: 'VERIFY_PUBLISHED',
    },
    { when: 'nothing happened', from: killing, reads: { slos: BURNING }, to: 'KILL', intents: [kill] },
    {
      when: 'nothing happened yet',
      from: state('KILL', writing({ triedMs: NOW - 1_999 })),
      reads: { slos: BURNING },
      to: 'KILL',
    },
    {
      when: 'nothing happened for a minute',
      from: state('KILL', writing({ decidedMs: NOW - MINUTE - 1 })),
      reads: { slos: BURNING },
      to: 'OBSERVE',
      text: /anew/,
    },
    {
      when: 'nothing happened and the mode is dry-run now',
      from: killing,
      reads: { slos: BURNING },
      policy: { mode: 'dry-run' },
      to: 'OBSERVE',
      text: /nothing is written/,
    },
    { when: 'nothing happened and the breach is over', from: killing, reads: { slos: HEALTHY }, to: 'OBSERVE' },
    {
      when: 'nothing happened and the data stops',
      from: killing,
      reads: { slos: BURNING, newestDataMs: null },
      to: 'KILL',
      reason: 'stale',
    },
    {
      when: 'a person was there too',
      from: killing,
      reads: { slos: BURNING, flag: known([event(11, true), event(12, false)]) },
      to: 'YIELDED',
      text: /while Hinge was changing it/,
    },
    {
      when: 'a person was there first',
      from: killing,
      reads: { slos: BURNING, flag: known([event(11, false)]) },
      to: 'YIELDED',
    },
    {
      when: 'Unleash is away',
      from: killing,
      reads: { slos: BURNING, flag: { kind: 'blocked', line: 'away' } },
      to: 'BLOCKED',
      reason: 'flag-server',
    },
    {
      when: 'the payload is in force',
      from: state('TUNE', writing({ change: toSafer })),
      reads: {
        slos: BURNING,
        flag: known([], {
          strategies: [
            {
              ...snapshot().strategies[0],
              id: 's1',
              name: 'x',
              enabled: true,
              rollout: '100',
              variants: [{ name: 'v2', payload: '{ "baseMs": 50 }' }],
            },
          ],
        }),
      },
      to: 'VERIFY_PUBLISHED',
    },
    {
      when: 'a late answer of a change given up',
      from: state('OBSERVE', { ...writing(), armedEventId: 10 }),
      reads: { flag: known([event(11, true)], { enabled: false }) },
      to: 'VERIFY_PUBLISHED',
    },
  ])('$when -> $to $reason', check);
});

describe('repeats', () => {
  const tried = (attempts: number, agoMs: number) =>
    state('KILL', writing({ attempts, decidedMs: NOW - 45_000, triedMs: NOW - agoMs }));
  it.each<Row>([
    { when: 'the second call, too soon for a third', from: tried(2, 3_999), reads: { slos: BURNING }, to: 'KILL' },
    { when: 'the second call, 4 s ago', from: tried(2, 4_000), reads: { slos: BURNING }, to: 'KILL', intents: [kill] },
    { when: 'the ninth call, too soon', from: tried(9, 29_999), reads: { slos: BURNING }, to: 'KILL' },
    { when: 'the ninth call, 30 s ago', from: tried(9, 30_000), reads: { slos: BURNING }, to: 'KILL', intents: [kill] },
    {
      when: 'the mode is approve now',
      from: tried(1, 5_000),
      reads: { slos: BURNING },
      policy: { mode: 'approve' },
      to: 'OBSERVE',
      text: /nothing is written/,
      has: { change: tried(1, 5_000).change },
    },
    {
      when: 'an event of ours that was there before is not this one',
      from: { ...tried(1, 5_000), ownEventId: 11 },
      reads: { slos: BURNING, flag: known([event(11, true)]) },
      to: 'KILL',
      intents: [kill],
    },
    {
      when: 'a person whose event has a smaller id than ours',
      from: { ...tried(1, 5_000), ownEventId: 12 },
      reads: { slos: BURNING, flag: known([event(11, false), event(12, true)]) },
      to: 'YIELDED',
    },
  ])('$when -> $to $reason', check);

  it('refused at once: nothing is out; refused after a call without an answer: that one may still be heard', () => {
    expect(refused(tried(1, 0), '403', NOW, policy())).toMatchObject({ phase: 'BLOCKED', change: null });
    expect(refused(tried(2, 0), '403', NOW, policy()).change).toEqual(tried(2, 0).change);
  });
});
