/** OBSERVE, SUSPECT, HANDED_BACK: from watching to a breach that is the flag's. */
import { describe, it } from 'vitest';
import { BURNING, event, finding, known, MINUTE, NOW, slo, suspect, upgrade } from '../fixtures.ts';
import { changed, check, type Row, state, toSafer } from './table.ts';

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
      when: 'a finding with a control, at first',
      from: observe,
      reads: { evidence: upgrade({ findings: [finding()] }) },
      to: 'SUSPECT',
      text: /latency.p99 3.00 times \(control: concurrent\), but it has to stand for 2 min/,
      has: { groundMs: NOW },
    },
    {
      when: 'a finding with a control that has stood for nearly two minutes',
      from: { ...observe, groundMs: NOW - 2 * MINUTE + 1 },
      reads: { evidence: upgrade({ findings: [finding()] }) },
      to: 'SUSPECT',
      has: { groundMs: NOW - 2 * MINUTE + 1 },
    },
    {
      when: 'a finding with a control that has stood for two minutes',
      from: { ...observe, groundMs: NOW - 2 * MINUTE },
      reads: { evidence: upgrade({ findings: [finding()] }) },
      to: 'CONFIRMED',
      text: /latency.p99 3.00 times \(control: concurrent\)/,
    },
    {
      when: 'a finding that is gone at a look in between begins anew',
      from: { ...observe, groundMs: NOW - MINUTE },
      reads: { evidence: upgrade({ findings: [finding({ conclusive: false })] }) },
      to: 'SUSPECT',
      has: { groundMs: null },
    },
    {
      when: 'a finding whose data stops begins anew',
      from: { ...observe, groundMs: NOW - 3 * MINUTE },
      reads: { evidence: upgrade({ findings: [finding()] }), newestDataMs: null },
      to: 'OBSERVE',
      reason: 'stale',
      has: { groundMs: null },
    },
    {
      when: 'a budget that burns does not wait for the finding',
      from: { ...observe, groundMs: NOW - MINUTE },
      reads: { slos: BURNING, evidence: upgrade({ findings: [finding()] }) },
      to: 'CONFIRMED',
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
      to: 'SUSPECT',
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

describe('SUSPECT and HANDED_BACK', () => {
  const suspicion = { evidence: upgrade({ findings: [finding({ conclusive: false })] }) };
  const suspected = state('SUSPECT', { armedEventId: null, breach: null });
  const back = state('HANDED_BACK', { ...changed, breach: null });
  it.each<Row>([
    { when: 'suspicion', from: observe, reads: suspicion, to: 'SUSPECT', text: /suspected: POST .pay/ },
    { when: 'the suspicion lasts', from: suspected, reads: suspicion, to: 'SUSPECT' },
    { when: 'the suspicion does not last', from: suspected, to: 'OBSERVE', text: /did not last/ },
    { when: 'the suspicion becomes a ground', from: suspected, reads: { slos: BURNING }, to: 'CONFIRMED' },
    { when: 'the data stops', from: suspected, reads: { newestDataMs: null }, to: 'SUSPECT', reason: 'stale' },
    {
      when: 'a person changes the flag on suspicion alone',
      from: suspected,
      reads: { ...suspicion, flag: known([event(11, false)]) },
      to: 'SUSPECT',
    },
    { when: 'handed back, and all is well', from: back, to: 'HANDED_BACK' },
    {
      when: 'handed back and off, and the budget burns',
      from: back,
      reads: { slos: BURNING, flag: known([], { enabled: false }) },
      to: 'HANDED_BACK',
      reason: 'off',
      text: /not the cause/,
    },
    {
      when: 'handed back on a lower rung, and the budget burns',
      from: back,
      reads: { slos: BURNING },
      to: 'CONFIRMED',
      has: { armedEventId: 10 },
    },
    { when: 'handed back and suspicion', from: back, reads: suspicion, to: 'SUSPECT' },
    { when: 'handed back, and the suspicion does not last', from: { ...back, phase: 'SUSPECT' }, to: 'HANDED_BACK' },
    {
      when: 'a person turns on again what was handed back',
      from: back,
      reads: { flag: known([event(12, false)]) },
      to: 'YIELDED',
    },
    {
      when: 'handed back, then a new upgrade',
      from: back,
      reads: { evidence: upgrade({ upgradeId: 'u2' }) },
      to: 'OBSERVE',
      has: { change: null },
    },
    {
      when: 'the breach in the mode approve',
      from: observe,
      reads: { slos: BURNING },
      policy: { mode: 'approve' },
      to: 'CONFIRMED',
      text: /^asking to turn checkout.retry off/,
    },
  ])('$when -> $to $reason', check);
});
