/** VERIFY_PUBLISHED, VERIFY_RECOVERY, HOLD. */
import { describe, expect, it } from 'vitest';
import type { ControlKind } from '../../../flags/readings.ts';
import { step } from '../../../flags/step.ts';
import { controlReading, event, known, MINUTE, NOW, policy, readings, recovered } from '../fixtures.ts';
import { breach, changed, check, type Row, state, toSafer } from './table.ts';

describe('VERIFY_PUBLISHED', () => {
  const verifying = state('VERIFY_PUBLISHED', changed);
  it.each<Row>([
    { when: 'published', from: verifying, reads: { published: true }, to: 'VERIFY_RECOVERY' },
    { when: 'not told', from: verifying, reads: { published: null }, to: 'VERIFY_RECOVERY', text: /cannot be told/ },
    { when: 'not yet', from: verifying, reads: { published: false }, to: 'VERIFY_PUBLISHED' },
    {
      when: 'not in time',
      from: { ...verifying, sinceMs: NOW - 30_001 },
      reads: { published: false },
      to: 'VERIFY_PUBLISHED',
      reason: 'late',
    },
    {
      when: 'a person turns it on again',
      from: verifying,
      reads: { published: true, flag: known([event(12, false)]) },
      to: 'YIELDED',
    },
  ])('$when -> $to $reason', check);
});

describe('VERIFY_RECOVERY', () => {
  const off = { flag: known([], { enabled: false }), exposure: { exposed: 0, instances: 3 } };
  const looking = state('VERIFY_RECOVERY', { ...changed, clearMs: NOW - 20_000, goodLooks: 2, lookedMs: NOW - 5_000 });
  const late = { ...looking, sinceMs: NOW - 10 * MINUTE - 1, clearMs: NOW - 10 * MINUTE - 1 };
  it.each<Row>([
    {
      when: 'the third good look',
      from: looking,
      reads: { ...off, slos: recovered(0.001) },
      to: 'HOLD',
      text: /recovery proved: bad events of checkout-latency from 30.0 % to 0.100 % in 5 s/,
    },
    {
      when: 'the second good look',
      from: { ...looking, goodLooks: 1 },
      reads: { ...off, slos: recovered(0.001) },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'the same data once more',
      from: { ...looking, lookedMs: NOW - 1_000 },
      reads: { ...off, slos: recovered(0.001) },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'an instance still runs the variant',
      from: looking,
      reads: { ...off, slos: recovered(0.001), exposure: { exposed: 1, instances: 3 } },
      to: 'VERIFY_RECOVERY',
    },
    { when: 'the share is at the objective', from: looking, reads: { ...off, slos: recovered(0.01) }, to: 'HOLD' },
    {
      when: 'the share is above the objective',
      from: looking,
      reads: { ...off, slos: recovered(0.02) },
      to: 'VERIFY_RECOVERY',
    },
    { when: 'too few events', from: looking, reads: { ...off, slos: recovered(0, 29) }, to: 'VERIFY_RECOVERY' },
    {
      when: 'the data stops',
      from: late,
      reads: { ...off, slos: recovered(0.3), newestDataMs: null },
      to: 'VERIFY_RECOVERY',
      reason: 'stale',
    },
    {
      when: 'the time is over and the signal is good, but not yet for long enough',
      from: { ...late, goodLooks: 0 },
      reads: { ...off, slos: recovered(0.001) },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'off and still bad in the end',
      from: late,
      reads: { ...off, slos: recovered(0.3) },
      to: 'EXHAUSTED',
      text: /not the cause/,
    },
    {
      when: 'the time is over, and an instance still runs the variant',
      from: late,
      reads: { ...off, slos: recovered(0.3), exposure: { exposed: 1, instances: 3 } },
      to: 'VERIFY_RECOVERY',
      reason: 'exposed',
      text: /1 of 3 instances still report checkout.retry/,
    },
    {
      when: 'the time is over for the change, and not since the last instance took it over',
      from: { ...late, clearMs: NOW - 9 * MINUTE },
      reads: { ...off, slos: recovered(0.3) },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'the time is over, and there are too few events to tell',
      from: late,
      reads: { ...off, slos: recovered(0.3, 29) },
      to: 'VERIFY_RECOVERY',
      reason: 'thin',
    },
    {
      when: 'one rung down and still bad',
      from: { ...late, change: { ...changed.change, change: toSafer } },
      reads: { slos: recovered(0.3) },
      to: 'OBSERVE',
      text: /one rung lower/,
    },
  ])('$when -> $to $reason', check);

  it('starts counting good looks afresh after a bad one', () => {
    const { state: next } = step(looking, readings({ ...off, slos: recovered(0.2) }), NOW, policy());
    expect(next.goodLooks).toBe(0);
  });
});

describe('VERIFY_RECOVERY beside a control', () => {
  const off = { flag: known([], { enabled: false }), exposure: { exposed: 0, instances: 3 } };
  const burned = state('VERIFY_RECOVERY', { ...changed, clearMs: NOW - 20_000, goodLooks: 2, lookedMs: NOW - 5_000 });
  const late = { ...burned, sinceMs: NOW - 10 * MINUTE - 1, clearMs: NOW - 10 * MINUTE - 1 };
  const byFinding = { ...burned, breach: { ...breach, slo: null, badShare: null } };
  const beside = (bad: number, share: number, kind: ControlKind = 'build') =>
    recovered(bad).map((one) => ({ ...one, control: controlReading(kind, bad, share) }));
  const regressed = (bad: number, share: number) =>
    beside(bad, share).map((one) => ({ ...one, slo: 'calls over 100 ms', isSignal: true, rules: [] }));
  it.each<Row>([
    {
      when: 'the objective is missed, by the control as well',
      from: burned,
      reads: { ...off, slos: beside(0.05, 0.05) },
      to: 'HOLD',
      text: /in 5 s; control of checkout-latency: builds of before in the same minutes \(5\.00 % against 5\.00 %\)$/,
    },
    {
      when: 'the objective is missed, and the control is better',
      from: burned,
      reads: { ...off, slos: beside(0.05, 0.002) },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'the objective is met, and the control is better',
      from: burned,
      reads: { ...off, slos: beside(0.009, 0.001) },
      to: 'VERIFY_RECOVERY',
      has: { goodLooks: 0 },
    },
    {
      when: 'the objective is met, and the time before the upgrade was better',
      from: burned,
      reads: { ...off, slos: beside(0.009, 0.001, 'before') },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'the objective is met, and the control is no better',
      from: burned,
      reads: { ...off, slos: beside(0.002, 0.001, 'before') },
      to: 'HOLD',
      text: /the time before the upgrade \(0\.200 % against 0\.100 %\)$/,
    },
    {
      when: 'the time is over, and the objective is met, but not the level of the control',
      from: late,
      reads: { ...off, slos: beside(0.009, 0.001) },
      to: 'HANDED_BACK',
      text: /every objective is met, but not the level of the control \(checkout-latency 0\.900 % bad, control of .*0\.100 %\)/,
      has: { breach: null, recorded: null },
    },
    {
      when: 'the time is over, and neither the objective nor the level is met',
      from: late,
      reads: { ...off, slos: beside(0.05, 0.001) },
      to: 'EXHAUSTED',
      text: /still bad \(checkout-latency 5\.00 % bad, control of checkout-latency: builds of before .*0\.100 %\)\)/,
    },
    {
      when: 'the time is over, the objective is met, and milder payloads do not reach the level',
      from: { ...late, change: { ...changed.change, change: toSafer } },
      reads: { slos: beside(0.009, 0.001) },
      to: 'OBSERVE',
      text: /one rung lower/,
    },
    {
      when: 'a finding, and the objective was never broken',
      from: byFinding,
      reads: { ...off, slos: beside(0.009, 0.001) },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'a finding, the time is over, and builds of before are still better',
      from: { ...late, breach: byFinding.breach },
      reads: { ...off, slos: beside(0.009, 0.001) },
      to: 'EXHAUSTED',
    },
    {
      when: 'a finding, the time is over, and the time before the upgrade was better, which proves little',
      from: { ...late, breach: byFinding.breach },
      reads: { ...off, slos: beside(0.009, 0.001, 'before') },
      to: 'HANDED_BACK',
    },
    {
      when: 'a finding, and the control is no better',
      from: byFinding,
      reads: { ...off, slos: beside(0.002, 0.001) },
      to: 'HOLD',
    },
    {
      when: 'a finding, and what regressed is not back, though the SLO is',
      from: byFinding,
      reads: { ...off, slos: [...beside(0.001, 0.001), ...regressed(0.03, 0.01)] },
      to: 'VERIFY_RECOVERY',
    },
    {
      when: 'a finding, and what regressed is back, as the SLO is',
      from: byFinding,
      reads: { ...off, slos: [...beside(0.001, 0.001), ...regressed(0.011, 0.01)] },
      to: 'HOLD',
      text: /; control of calls over 100 ms: builds of before in the same minutes \(1\.10 % against 1\.00 %\)$/,
    },
    {
      when: 'a finding, and nothing to compare with what regressed',
      from: byFinding,
      reads: {
        ...off,
        slos: [...beside(0.001, 0.001), ...regressed(0.03, 0.01).map((one) => ({ ...one, control: null }))],
      },
      to: 'HOLD',
      text: /no control for calls over 100 ms$/,
    },
    { when: 'a finding and no control', from: byFinding, reads: { ...off, slos: recovered(0.009) }, to: 'HOLD' },
    {
      when: 'a part of the rollout still runs the variant',
      from: {
        ...burned,
        change: { ...changed.change, change: { kind: 'rollout', strategyId: 's1', from: '100', to: '5' } },
      },
      reads: { exposure: { exposed: 1, instances: 3 }, slos: recovered(0.001) },
      to: 'HOLD',
    },
    {
      when: 'nothing is left of the rollout, and one still runs the variant',
      from: {
        ...burned,
        change: { ...changed.change, change: { kind: 'rollout', strategyId: 's1', from: '5', to: '0' } },
      },
      reads: { exposure: { exposed: 1, instances: 3 }, slos: recovered(0.001) },
      to: 'VERIFY_RECOVERY',
    },
  ])('$when -> $to $reason', check);
});
