/** EXHAUSTED and RESTORE: a flag that was turned off in vain is put back as it was, at people's word or once by the policy. */
import { describe, expect, it } from 'vitest';
import type { Readings } from '../../../flags/readings.ts';
import type { Approval, FlagState, ProposalState } from '../../../flags/state.ts';
import { refused } from '../../../flags/step.ts';
import { event, known, LADDER, MINUTE, NOW, policy, recovered, snapshot, upgrade } from '../fixtures.ts';
import { changed, check, type Row, state, writing } from './table.ts';

const on = { kind: 'enable' } as const;
const recorded = { enabled: true, strategies: snapshot().strategies };
const proposal = (approvals: readonly Approval[] = []): ProposalState => ({
  kind: 'restore',
  id: 'p1',
  change: null,
  text: 'put checkout.retry back as it was before',
  approvals,
});
const by = (actor: string): Approval => ({ actor, atMs: NOW - MINUTE });
const off = known([], { enabled: false });
const bad: Partial<Readings> = { flag: off, slos: recovered(0.3) };
const offered = state('EXHAUSTED', {
  ...changed,
  recorded,
  proposal: proposal(),
  lastChangeMs: NOW - 30 * MINUTE,
  clearMs: NOW - 20 * MINUTE,
});
const asked: FlagState = { ...offered, proposal: proposal([by('ada')]) };
const restoring = state('RESTORE', { ...asked, phase: 'RESTORE', ...writing({ change: on }), restoredMs: NOW - 5_000 });
const byItself = { onNoRecovery: 'restore' } as const;

describe('EXHAUSTED', () => {
  it.each<Row>([
    {
      when: 'it begins',
      from: state('VERIFY_RECOVERY', { ...changed, recorded, clearMs: NOW - 11 * MINUTE, sinceMs: NOW - 11 * MINUTE }),
      reads: { ...bad, exposure: { exposed: 0, instances: 3 } },
      to: 'EXHAUSTED',
      text: /not the cause; look elsewhere; hinge flags restore checkout.retry puts it back as it was/,
      has: { proposal: expect.objectContaining({ kind: 'restore', approvals: [] }) },
    },
    { when: 'nobody asks', from: offered, reads: bad, to: 'EXHAUSTED' },
    { when: 'a person asks', from: asked, reads: bad, to: 'RESTORE', intents: [on], text: /as ada asked/ },
    { when: 'one of two asks', from: asked, reads: bad, policy: { approvals: 2 }, to: 'EXHAUSTED' },
    {
      when: 'two of two ask',
      from: { ...offered, proposal: proposal([by('ada'), by('bob')]) },
      reads: bad,
      policy: { approvals: 2 },
      to: 'RESTORE',
      intents: [on],
    },
    {
      when: 'a person asks, and there is no telemetry',
      from: asked,
      reads: { ...bad, newestDataMs: null },
      to: 'RESTORE',
      intents: [on],
    },
    {
      when: 'a person asks in the mode approve',
      from: asked,
      reads: bad,
      policy: { mode: 'approve' },
      to: 'RESTORE',
      intents: [on],
    },
    {
      when: 'a person asks in the mode dry-run',
      from: asked,
      reads: bad,
      policy: { mode: 'dry-run' },
      to: 'EXHAUSTED',
    },
    {
      when: 'a person asks, and turned the flag on themselves',
      from: asked,
      reads: { ...bad, flag: known([event(12, false)]) },
      to: 'YIELDED',
    },
    {
      when: 'no strategy is enabled, as then',
      from: { ...asked, recorded: { enabled: true, strategies: [] } },
      reads: { ...bad, flag: known([], { enabled: false, strategies: [] }) },
      to: 'EXHAUSTED',
      text: /cannot be put back as it was: none of its strategies is enabled/,
      has: { proposal: null, recorded: null },
    },
    {
      when: 'the policy says so',
      from: offered,
      reads: bad,
      policy: byItself,
      to: 'RESTORE',
      intents: [on],
      text: /as the policy says/,
    },
    {
      when: 'the policy says so in the mode approve',
      from: offered,
      reads: bad,
      policy: { ...byItself, mode: 'approve' },
      to: 'EXHAUSTED',
    },
    {
      when: 'the policy has done so before',
      from: { ...offered, restoredMs: 1 },
      reads: bad,
      policy: byItself,
      to: 'EXHAUSTED',
    },
    {
      when: 'the policy says so, and the data stops',
      from: offered,
      reads: { ...bad, newestDataMs: null },
      policy: byItself,
      to: 'EXHAUSTED',
      reason: 'stale',
    },
    {
      when: 'the policy says so, and the data is thin',
      from: offered,
      reads: { flag: off, slos: recovered(0.3, 29) },
      policy: byItself,
      to: 'EXHAUSTED',
      reason: 'thin',
    },
    {
      when: 'the policy says so, and the signal is good by now',
      from: offered,
      reads: { flag: off, slos: recovered(0.001) },
      policy: byItself,
      to: 'EXHAUSTED',
      reason: 'recovering',
    },
    {
      when: 'the policy says so within the cool-down',
      from: { ...offered, lastChangeMs: NOW - 29 * MINUTE },
      reads: bad,
      policy: byItself,
      to: 'EXHAUSTED',
      reason: 'cool-down',
    },
    {
      when: 'the policy says so after three changes in the hour',
      from: offered,
      reads: { ...bad, environment: { changes: 3, breaching: 0 } },
      policy: byItself,
      to: 'EXHAUSTED',
      reason: 'hourly-limit',
    },
    {
      when: 'a person asks within the cool-down',
      from: { ...asked, lastChangeMs: NOW - MINUTE },
      reads: { ...bad, environment: { changes: 3, breaching: 0 } },
      to: 'RESTORE',
      intents: [on],
    },
    {
      when: 'a new upgrade begins',
      from: asked,
      reads: { ...bad, evidence: upgrade({ upgradeId: 'u2' }) },
      to: 'OBSERVE',
      reason: 'off',
      has: { proposal: null, recorded: null },
    },
  ])('$when -> $to $reason', check);
});

describe('RESTORE', () => {
  const [strategy] = snapshot().strategies;
  const tuned = strategy && { ...strategy, variants: [{ name: 'v2', payload: LADDER[2] ?? '' }] };
  const retuned = { kind: 'payload', place: { strategyId: 's1', variant: 0 }, from: LADDER[2], to: LADDER[0] };
  it.each<Row>([
    {
      when: 'the payload first',
      from: asked,
      reads: { ...bad, flag: known([], { enabled: false, strategies: tuned ? [tuned] : [] }) },
      to: 'RESTORE',
      intents: [retuned],
    },
    {
      when: 'the payload is back: then on',
      from: { ...restoring, ...writing({ change: retuned as never, firstMs: NOW - 9_000 }) },
      reads: { ...bad, flag: known([event(12, true)], { enabled: false }) },
      to: 'RESTORE',
      intents: [on],
      has: { ownEventId: 12, change: expect.objectContaining({ firstMs: NOW - 9_000 }) },
    },
    {
      when: 'our event is newer than what was read of the flag',
      from: restoring,
      reads: { ...bad, flag: known([event(12, true)], { enabled: false, newestEventId: 11 }) },
      to: 'RESTORE',
    },
    {
      when: 'it is as it was',
      from: restoring,
      reads: { ...bad, flag: known([event(12, true)]) },
      to: 'EXHAUSTED',
      text: /is back as it was before/,
      has: { proposal: null, recorded: null, lastChangeMs: NOW },
    },
    { when: 'nothing happened', from: restoring, reads: bad, to: 'RESTORE', intents: [on] },
    {
      when: 'nothing happened yet',
      from: { ...restoring, ...writing({ change: on, triedMs: NOW - 1_999 }) },
      reads: bad,
      to: 'RESTORE',
    },
    {
      when: 'nothing happened for a minute',
      from: { ...restoring, ...writing({ change: on, decidedMs: NOW - MINUTE - 1 }) },
      reads: bad,
      policy: byItself,
      to: 'EXHAUSTED',
      text: /could not be put back/,
      has: { proposal: expect.objectContaining({ approvals: [] }) },
    },
    {
      when: 'the mode is dry-run now',
      from: restoring,
      reads: bad,
      policy: { mode: 'dry-run' },
      to: 'EXHAUSTED',
      text: /the mode is dry-run now/,
    },
    {
      when: 'a person changes the flag meanwhile',
      from: restoring,
      reads: { ...bad, flag: known([event(12, false)], { enabled: false }) },
      to: 'YIELDED',
      text: /while Hinge was changing it/,
    },
    {
      when: 'Unleash is away',
      from: restoring,
      reads: { ...bad, flag: { kind: 'blocked', line: 'away' } },
      to: 'BLOCKED',
      reason: 'flag-server',
      has: { blockedFrom: 'RESTORE' },
    },
    {
      when: 'it shows up after it was given up',
      from: { ...restoring, phase: 'EXHAUSTED', proposal: proposal() },
      reads: { ...bad, flag: known([event(12, true)]) },
      to: 'EXHAUSTED',
      text: /is back as it was before/,
    },
  ])('$when -> $to $reason', check);

  it('refused: the offer stands, and the policy does not try again', () => {
    const next = refused(restoring, '403', NOW, policy(byItself));
    expect(next).toMatchObject({ phase: 'EXHAUSTED', recorded, restoredMs: NOW - 5_000, proposal: { approvals: [] } });
    check({ when: '', from: next, reads: bad, policy: byItself, to: 'EXHAUSTED' });
  });

  it('what was put back is not turned off again, however bad the signal', () => {
    const back = { ...offered, proposal: null, recorded: null };
    check({ when: '', from: back, reads: { slos: recovered(0.3), flag: known() }, to: 'EXHAUSTED' });
  });
});
