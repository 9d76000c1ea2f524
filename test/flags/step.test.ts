/** The controller's step as a table: from which state, on which readings, to which state, with which change. */
import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../flags/behaviour.ts';
import type { Readings } from '../../flags/readings.ts';
import { type FlagState, INITIAL } from '../../flags/state.ts';
import { rearmed, refused, step } from '../../flags/step.ts';
import type { ControllerState } from '../../model.ts';
import {
  BURNING,
  event,
  finding,
  HEALTHY,
  known,
  LADDER,
  MINUTE,
  NOW,
  policy,
  readings,
  recovered,
  slo,
  snapshot,
  suspect,
  upgrade,
} from './fixtures.ts';

const breach = { atMs: NOW - MINUTE, slo: 'checkout-latency', badShare: 0.3, because: 'checkout-latency burns' };
const kill = { kind: 'disable' } as const;
const toSafer = {
  kind: 'payload',
  place: { strategyId: 's1', variant: 0 },
  from: LADDER[0] ?? '',
  to: LADDER[1] ?? '',
} as const;

const state = (phase: ControllerState, more: Partial<FlagState> = {}): FlagState => ({
  ...INITIAL,
  phase,
  sinceMs: NOW - 1_000,
  upgradeId: 'u1',
  ...(phase === 'OBSERVE' ? {} : { armedEventId: 10, breach }),
  ...more,
});

const writing = (more: Partial<NonNullable<FlagState['change']>> = {}) => ({
  change: { change: kill, decidedMs: NOW - 5_000, triedMs: NOW - 5_000, eventId: null, ...more },
});
const changed = { change: { ...writing().change, eventId: 11 }, armedEventId: 11, lastChangeMs: NOW - 5_000 };

interface Row {
  readonly when: string;
  readonly from: FlagState;
  readonly reads?: Partial<Readings>;
  readonly policy?: Partial<Behaviour>;
  readonly to: ControllerState;
  readonly reason?: string;
  readonly intents?: readonly object[];
  readonly text?: RegExp;
}

function check({ from, reads, policy: more, to, reason = '', intents = [], text = /./ }: Row): void {
  const decision = step(from, readings(reads), NOW, policy(more));
  expect({ ...decision.state, text: '' }).toMatchObject({ phase: to, reason });
  expect(decision.state.text).toMatch(text);
  expect(decision.intents).toEqual(intents);
}

const observe = state('OBSERVE');

describe('OBSERVE', () => {
  it.each<Row>([
    { when: 'all is well', from: observe, to: 'OBSERVE' },
    {
      when: 'the budget burns in a changed service',
      from: observe,
      reads: { slos: BURNING },
      to: 'CONFIRMED',
      text: /going to turn checkout.retry off, because checkout-latency burns 30.0 times/,
    },
    { when: 'only the long window burns', from: observe, reads: { slos: [slo(0.3, 0.01)] }, to: 'OBSERVE' },
    { when: 'only the short window burns', from: observe, reads: { slos: [slo(0.05, 0.9)] }, to: 'OBSERVE' },
    { when: 'the data is thin', from: observe, reads: { slos: [slo(0.5, 0.5, { total: 29 })] }, to: 'OBSERVE' },
    {
      when: 'there is no data',
      from: observe,
      reads: { slos: BURNING, newestDataMs: null },
      to: 'OBSERVE',
      reason: 'stale',
    },
    {
      when: 'the data is old',
      from: observe,
      reads: { slos: BURNING, newestDataMs: NOW - 2 * MINUTE - 1 },
      to: 'OBSERVE',
      reason: 'stale',
    },
    {
      when: 'the data is from the future',
      from: observe,
      reads: { slos: BURNING, newestDataMs: NOW + MINUTE + 1 },
      to: 'OBSERVE',
      reason: 'stale',
      text: /clocks/,
    },
    {
      when: 'there is no upgrade',
      from: observe,
      reads: { slos: BURNING, evidence: null },
      to: 'OBSERVE',
      reason: 'no-upgrade',
    },
    {
      when: 'the upgrade leaves the service alone',
      from: observe,
      reads: { slos: BURNING, evidence: upgrade({ changed: ['cart'] }) },
      to: 'OBSERVE',
      reason: 'acquitted',
    },
    {
      when: 'the service is a suspect',
      from: observe,
      reads: { slos: BURNING, evidence: upgrade({ suspects: [suspect('cart'), suspect('checkout', { rank: 2 })] }) },
      to: 'CONFIRMED',
    },
    {
      when: 'others are suspects',
      from: observe,
      reads: { slos: BURNING, evidence: upgrade({ suspects: [suspect('cart')] }) },
      to: 'OBSERVE',
      reason: 'acquitted',
      text: /not among the suspects/,
    },
    {
      when: 'the service is a suspect with no share',
      from: observe,
      reads: { slos: BURNING, evidence: upgrade({ suspects: [suspect('checkout', { interval: [-0.2, 0] })] }) },
      to: 'OBSERVE',
      reason: 'acquitted',
    },
    {
      when: 'the report blames the traffic',
      from: observe,
      reads: { slos: BURNING, evidence: upgrade({ conclusion: 'TRAFFIC_MIX' }) },
      to: 'OBSERVE',
      reason: 'acquitted',
    },
    {
      when: 'nobody runs the variant',
      from: observe,
      reads: { slos: BURNING, exposure: { exposed: 0, instances: 3 } },
      to: 'OBSERVE',
      reason: 'acquitted',
    },
    {
      when: 'a finding with a control confirms',
      from: observe,
      reads: { evidence: upgrade({ findings: [finding()] }) },
      to: 'CONFIRMED',
      text: /latency.p99 3.00 times \(control: concurrent\)/,
    },
    {
      when: 'a finding without a control',
      from: observe,
      reads: { evidence: upgrade({ findings: [finding({ control: 'before-after' })] }) },
      to: 'OBSERVE',
    },
    {
      when: 'a finding whose interval reaches into the tolerance',
      from: observe,
      reads: { evidence: upgrade({ findings: [finding({ conclusive: false })] }) },
      to: 'OBSERVE',
      reason: 'suspected',
    },
    {
      when: 'a finding of low confidence',
      from: observe,
      reads: { evidence: upgrade({ findings: [finding({ confidence: 'low' })] }) },
      to: 'OBSERVE',
    },
    {
      when: 'a finding of another service',
      from: observe,
      reads: { evidence: upgrade({ findings: [finding({ service: 'cart' })] }) },
      to: 'OBSERVE',
    },
    {
      when: 'the flag is off already',
      from: observe,
      reads: { slos: BURNING, flag: known([], { enabled: false }) },
      to: 'OBSERVE',
      reason: 'off',
    },
    {
      when: 'a person changes the flag one rung lower',
      from: state('OBSERVE', { ...changed, change: { ...changed.change, change: toSafer } }),
      reads: { flag: known([event(12, false)]) },
      to: 'YIELDED',
    },
    {
      when: 'people change the flag while all is well',
      from: observe,
      reads: { flag: known([event(11, false)]) },
      to: 'OBSERVE',
    },
  ])('$when -> $to $reason', check);
});

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
      to: 'STEP_DOWN',
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

describe('KILL and STEP_DOWN: what the flag server shows decides', () => {
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
      from: state('STEP_DOWN', writing({ change: toSafer })),
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
  const late = { ...looking, sinceMs: NOW - 10 * MINUTE - 1 };
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

describe('HOLD, YIELDED, BLOCKED, EXHAUSTED', () => {
  const holding = state('HOLD', changed);
  const blocked = (from: ControllerState, more: Partial<FlagState> = {}) =>
    state('BLOCKED', { blockedFrom: from, reason: 'flag-server', ...more });
  it.each<Row>([
    { when: 'the cool-down runs', from: holding, reads: { slos: BURNING }, to: 'HOLD' },
    { when: 'the cool-down is over', from: { ...holding, lastChangeMs: NOW - 30 * MINUTE }, to: 'OBSERVE' },
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
      from: refused(state('KILL', writing()), '403', NOW - 59_000),
      reads: { slos: BURNING },
      to: 'BLOCKED',
      reason: 'refused',
    },
    {
      when: 'a refused write, a minute later',
      from: refused(state('KILL', writing()), '403', NOW - 60_000),
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
