/** CONFIRMED and AWAIT_APPROVAL: from a breach to one change. */
import { describe, expect, it } from 'vitest';
import type { Setting } from '../../../flags/change.ts';
import type { Approval, ProposalState } from '../../../flags/state.ts';
import { BURNING, event, HEALTHY, known, LADDER, MINUTE, NOW, snapshot, suspect, upgrade } from '../fixtures.ts';
import { check, kill, type Row, state, toSafer, writing } from './table.ts';

describe('CONFIRMED', () => {
  const confirmed = state('CONFIRMED');
  it.each<Row>([
    {
      when: 'mode act',
      from: confirmed,
      reads: { slos: BURNING },
      to: 'KILL',
      intents: [kill],
      text: /^turn checkout.retry off, because/,
    },
    {
      when: 'a ladder',
      from: confirmed,
      reads: { slos: BURNING },
      policy: { ladder: LADDER },
      to: 'TUNE',
      intents: [toSafer],
    },
    { when: 'mode dry-run', from: confirmed, reads: { slos: BURNING }, policy: { mode: 'dry-run' }, to: 'CONFIRMED' },
    { when: 'mode observe', from: confirmed, reads: { slos: BURNING }, policy: { mode: 'observe' }, to: 'CONFIRMED' },
    { when: 'the breach is over', from: confirmed, reads: { slos: HEALTHY }, to: 'OBSERVE', text: /over/ },
    {
      when: 'the data stops',
      from: confirmed,
      reads: { slos: BURNING, newestDataMs: null },
      to: 'CONFIRMED',
      reason: 'stale',
    },
    {
      when: 'changed 29 minutes ago',
      from: { ...confirmed, lastChangeMs: NOW - 29 * MINUTE },
      reads: { slos: BURNING },
      to: 'CONFIRMED',
      reason: 'cool-down',
    },
    {
      when: 'changed 30 minutes ago',
      from: { ...confirmed, lastChangeMs: NOW - 30 * MINUTE },
      reads: { slos: BURNING },
      to: 'KILL',
      intents: [kill],
    },
    {
      when: 'three changes in the hour',
      from: confirmed,
      reads: { slos: BURNING, environment: { changes: 3, breaching: 1 } },
      to: 'CONFIRMED',
      reason: 'hourly-limit',
    },
    {
      when: 'three flags in breach',
      from: confirmed,
      reads: { slos: BURNING, environment: { changes: 0, breaching: 3 } },
      to: 'CONFIRMED',
      reason: 'storm',
    },
    {
      when: 'a person changed the flag',
      from: confirmed,
      reads: { slos: BURNING, flag: known([event(11, false)]) },
      to: 'YIELDED',
      text: /ada changed the flag \(feature-environment-disabled, event 11\)/,
    },
    {
      when: 'a person holds the flag',
      from: confirmed,
      reads: { slos: BURNING, held: true },
      to: 'YIELDED',
      reason: 'held',
    },
    {
      when: 'the token is refused',
      from: confirmed,
      reads: { slos: BURNING, flag: { kind: 'blocked', line: '401' } },
      to: 'BLOCKED',
      reason: 'flag-server',
      text: /401/,
    },
  ])('$when -> $to $reason', check);
});

describe('CONFIRMED by other policies', () => {
  const confirmed = state('CONFIRMED');
  const toHalf = { kind: 'rollout', strategyId: 's1', from: '100', to: '50' } as const;
  it.each<Row>([
    {
      when: 'step-down',
      from: confirmed,
      reads: { slos: BURNING },
      policy: { policy: 'step-down', rolloutLadder: [50, 5] },
      to: 'STEP_DOWN',
      intents: [toHalf],
    },
    {
      when: 'kill, whatever the ladder',
      from: confirmed,
      reads: { slos: BURNING },
      policy: { policy: 'kill', ladder: LADDER },
      to: 'KILL',
      intents: [kill],
    },
    {
      when: 'the first change',
      from: confirmed,
      reads: { slos: BURNING },
      to: 'KILL',
      intents: [kill],
      has: { recorded: { enabled: true, strategies: snapshot().strategies } },
    },
    {
      when: 'the second change keeps what was recorded before the first',
      from: { ...confirmed, recorded: { enabled: true, strategies: [] } },
      reads: { slos: BURNING },
      to: 'KILL',
      intents: [kill],
      has: { recorded: { enabled: true, strategies: [] } },
    },
  ])('$when -> $to $reason', check);
});

describe('CONFIRMED after a change whose outcome is not known', () => {
  const gaveUp = (change: Setting, ageMs: number) =>
    state('CONFIRMED', writing({ change, firstMs: NOW - ageMs, decidedMs: NOW - ageMs, triedMs: NOW - ageMs }));
  it.each<Row>([
    {
      when: 'the same again is no second change',
      from: gaveUp(kill, 2 * MINUTE),
      reads: { slos: BURNING, environment: { changes: 3, breaching: 1 } },
      to: 'KILL',
      intents: [kill],
      has: { change: { ...writing().change, firstMs: NOW - 2 * MINUTE, decidedMs: NOW, triedMs: NOW, attempts: 2 } },
    },
    {
      when: 'another one waits as if the first had been made',
      from: gaveUp(toSafer, 2 * MINUTE),
      reads: { slos: BURNING },
      to: 'CONFIRMED',
      reason: 'cool-down',
    },
    {
      when: 'the same again in a storm',
      from: gaveUp(kill, 2 * MINUTE),
      reads: { slos: BURNING, environment: { changes: 0, breaching: 3 } },
      to: 'CONFIRMED',
      reason: 'storm',
    },
    {
      when: 'it shows up late',
      from: gaveUp(kill, 2 * MINUTE),
      reads: { slos: BURNING, flag: known([event(11, true)], { enabled: false }) },
      to: 'VERIFY_PUBLISHED',
      has: { lastChangeMs: NOW },
    },
  ])('$when -> $to $reason', check);
});

describe('AWAIT_APPROVAL', () => {
  const policyOfOne = { mode: 'approve' } as const;
  const policyOfTwo = { mode: 'approve', approvals: 2 } as const;
  const proposal = (approvals: readonly Approval[] = [], change: Setting = kill): ProposalState => ({
    kind: 'change',
    id: 'p1',
    change,
    text: 'turn checkout.retry off, because it burns',
    approvals,
  });
  const by = (actor: string, ageMs = MINUTE): Approval => ({ actor, atMs: NOW - ageMs });
  const asked = (approvals: readonly Approval[] = []) => state('AWAIT_APPROVAL', { proposal: proposal(approvals) });
  const burning = { slos: BURNING };
  it.each<Row>([
    {
      when: 'a breach is confirmed',
      from: state('CONFIRMED'),
      reads: burning,
      policy: policyOfTwo,
      to: 'AWAIT_APPROVAL',
      text: /^awaits approval by 2 different people: turn checkout.retry off, because/,
    },
    { when: 'nobody approved', from: asked(), reads: burning, policy: policyOfOne, to: 'AWAIT_APPROVAL' },
    {
      when: 'one of one approved',
      from: asked([by('ada')]),
      reads: burning,
      policy: policyOfOne,
      to: 'KILL',
      intents: [kill],
      text: /approved by ada, because/,
    },
    {
      when: 'one of two approved',
      from: asked([by('ada')]),
      reads: burning,
      policy: policyOfTwo,
      to: 'AWAIT_APPROVAL',
    },
    {
      when: 'one person approved twice',
      from: asked([by('ada', 2 * MINUTE), by('ada')]),
      reads: burning,
      policy: policyOfTwo,
      to: 'AWAIT_APPROVAL',
    },
    {
      when: 'two people approved',
      from: asked([by('ada'), by('bob')]),
      reads: burning,
      policy: policyOfTwo,
      to: 'KILL',
      intents: [kill],
      text: /approved by ada and bob/,
    },
    {
      when: 'one of the two approved a quarter of an hour ago',
      from: asked([by('ada', 15 * MINUTE), by('bob')]),
      reads: burning,
      policy: policyOfTwo,
      to: 'AWAIT_APPROVAL',
    },
    {
      when: 'approved, and the breach is over',
      from: asked([by('ada')]),
      reads: { slos: HEALTHY },
      policy: policyOfOne,
      to: 'OBSERVE',
      has: { proposal: null },
    },
    {
      when: 'approved, and the report blames others by now',
      from: asked([by('ada')]),
      reads: { slos: BURNING, evidence: upgrade({ suspects: [suspect('cart')] }) },
      policy: policyOfOne,
      to: 'OBSERVE',
    },
    {
      when: 'approved, and the data stops',
      from: asked([by('ada')]),
      reads: { slos: BURNING, newestDataMs: null },
      policy: policyOfOne,
      to: 'AWAIT_APPROVAL',
      reason: 'stale',
    },
    {
      when: 'approved, and another upgrade began',
      from: asked([by('ada')]),
      reads: { slos: BURNING, evidence: upgrade({ upgradeId: 'u2' }) },
      policy: policyOfOne,
      to: 'CONFIRMED',
      has: { proposal: null },
    },
    {
      when: 'approved, and a person changed the flag',
      from: asked([by('ada')]),
      reads: { slos: BURNING, flag: known([event(11, false)]) },
      policy: policyOfOne,
      to: 'YIELDED',
      has: { proposal: null },
    },
    {
      when: 'approved, and another change would be made by now',
      from: asked([by('ada')]),
      reads: burning,
      policy: { ...policyOfOne, ladder: LADDER },
      to: 'AWAIT_APPROVAL',
      text: /tune checkout.retry/,
      has: { proposal: expect.objectContaining({ change: toSafer, approvals: [] }) },
    },
    {
      when: 'approved, in a storm',
      from: asked([by('ada')]),
      reads: { slos: BURNING, environment: { changes: 0, breaching: 3 } },
      policy: policyOfOne,
      to: 'AWAIT_APPROVAL',
      reason: 'storm',
    },
    {
      when: 'the mode is act now',
      from: asked(),
      reads: burning,
      to: 'KILL',
      intents: [kill],
      has: { proposal: null },
    },
    {
      when: 'approved, and the mode is dry-run now',
      from: asked([by('ada')]),
      reads: burning,
      policy: { mode: 'dry-run' },
      to: 'CONFIRMED',
      has: { proposal: null },
    },
  ])('$when -> $to $reason', check);
});
