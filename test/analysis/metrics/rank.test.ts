/** Ranking from metrics alone: a simulated system whose call graph the ranking is not told. */

import { describe, expect, it } from 'vitest';
import { rankByMetrics, type Symptom } from '../../../analysis/metrics/rank.ts';
import { hotSlots } from '../../../analysis/metrics/split.ts';
import { createRandom } from '../../../analysis/statistics/random.ts';
import type { MetricSeries } from '../../../model.ts';
import { BASELINE, CANDIDATE, MINUTE_MS, normal, seriesOf } from './support.ts';

/** Who calls whom, each once per request, and the time of its own in seconds. `batch` has nothing to do with the rest. */
const SYSTEM: Readonly<Record<string, { readonly ownS: number; readonly calls: readonly string[] }>> = {
  shop: { ownS: 0.02, calls: ['search', 'checkout'] },
  search: { ownS: 0.01, calls: ['index'] },
  checkout: { ownS: 0.03, calls: ['payment', 'stock'] },
  payment: { ownS: 0.05, calls: ['bank'] },
  ...Object.fromEntries(['index', 'stock', 'bank'].map((leaf) => [leaf, { ownS: 0.005, calls: [] }])),
  batch: { ownS: 0.02, calls: [] },
};
const SERVICES = Object.keys(SYSTEM).filter((service) => service !== 'batch');

interface Fault {
  readonly service: string;
  /** Added to its own time, in seconds, and to its errors, a share of calls. */
  readonly addS?: number;
  readonly addErrors?: number;
  /** Of the candidate's twenty minutes. */
  readonly fromMinute: number;
  readonly untilMinute?: number;
}

interface World {
  readonly fault?: Fault;
  /** Gets slower by so many seconds in the minutes of the fault, for a reason of its own. */
  readonly alsoSlow?: { readonly service: string; readonly addS: number };
  /** How much each service's own time is another in the candidate, fault or not: the arms may lie months apart. */
  readonly drift?: number;
  readonly random: () => number;
  /** Callers report their calls as well. */
  readonly clients?: boolean;
  /** Services that report nothing. */
  readonly silent?: readonly string[];
  /** Seconds that a call takes on its way, in the whole candidate. */
  readonly slowEdge?: { readonly from: string; readonly to: string; readonly addS: number };
}

const REQUESTS = 200;
const slotsOf = (range: typeof BASELINE) =>
  Array.from({ length: (range.endMs - range.startMs) / MINUTE_MS }, (_, slot) => range.startMs + slot * MINUTE_MS);

function simulate({ fault, alsoSlow, drift = 0, random, clients, silent = [], slowEdge }: World): MetricSeries[] {
  const drifts = new Map(Object.keys(SYSTEM).map((service) => [service, Math.exp(drift * normal(random))]));
  const minutes = [...slotsOf(BASELINE), ...slotsOf(CANDIDATE)].map((slotMs) => {
    const minute = (slotMs - CANDIDATE.startMs) / MINUTE_MS;
    const after = minute >= 0;
    const active = fault !== undefined && minute >= fault.fromMinute && minute < (fault.untilMinute ?? 20);
    const hit = (service: string) => active && fault.service === service;
    const apart = (service: string) => (active && alsoSlow?.service === service ? alsoSlow.addS : 0);
    const addedS = (service: string) => apart(service) + (hit(service) ? (fault?.addS ?? 0) : 0);
    const serve = (service: string): { timeS: number; errors: number; waits: Map<string, number> } => {
      const { ownS, calls } = SYSTEM[service] ?? { ownS: 0, calls: [] };
      const callees = calls.map((callee) => ({ callee, answer: serve(callee) }));
      const way = (to: string) => (after && slowEdge?.from === service && slowEdge.to === to ? slowEdge.addS : 0);
      const waits = new Map(callees.map(({ callee, answer }) => [callee, answer.timeS + way(callee)]));
      const own = ownS * (after ? (drifts.get(service) ?? 1) : 1) * Math.exp(0.05 * normal(random));
      const timeS = own + addedS(service) + [...waits.values()].reduce((a, b) => a + b, 0);
      const chance = 0.002 + (hit(service) ? (fault?.addErrors ?? 0) : 0);
      const ownErrors = Array.from({ length: REQUESTS }, () => Number(random() < chance)).reduce((a, b) => a + b, 0);
      const errors = Math.min(
        REQUESTS,
        callees.reduce((sum, { answer }) => sum + answer.errors, ownErrors),
      );
      answers.set(service, { timeS, errors, waits });
      return { timeS, errors, waits };
    };
    const answers = new Map<string, ReturnType<typeof serve>>();
    serve('shop');
    serve('batch');
    return { slotMs, answers };
  });
  return Object.keys(SYSTEM).flatMap((service) => {
    if (silent.includes(service)) return [];
    const slots = (failed: boolean) =>
      minutes.map(({ slotMs, answers }) => {
        const { timeS = 0, errors = 0 } = answers.get(service) ?? {};
        const count = failed ? errors : REQUESTS - errors;
        return { slotMs, count, sum: count * timeS, quantiles: [], values: [] };
      });
    const calls = clients === true ? (SYSTEM[service]?.calls ?? []) : [];
    return [
      ...[false, true].map((failed) => seriesOf({ service, failed }, { kind: 'summary', slots: slots(failed) })),
      ...calls.map((peer) => {
        const waited = minutes.map(({ slotMs, answers }) => {
          const sum = REQUESTS * (answers.get(service)?.waits.get(peer) ?? 0);
          return { slotMs, count: REQUESTS, sum, quantiles: [], values: [] };
        });
        const key = { service, peer: `${peer}.prod.svc`, name: 'http.client.request.duration' };
        return seriesOf(key, { kind: 'summary', slots: waited });
      }),
    ];
  });
}

const rank = (world: World, symptom?: Symptom) =>
  rankByMetrics({
    series: simulate(world),
    baseline: BASELINE,
    candidate: CANDIDATE,
    ...(symptom === undefined ? {} : { symptom }),
  });
const first = (world: World, symptom?: Symptom) => rank(world, symptom)?.suspects[0]?.unit;

describe('the cause comes first, whoever it is', () => {
  it.each<{ what: string; fault: Omit<Fault, 'service'>; drift: number; symptom?: Symptom }>([
    { what: 'slow from the start of the candidate', fault: { addS: 0.04, fromMinute: 0 }, drift: 0 },
    { what: 'slow since its middle', fault: { addS: 0.04, fromMinute: 12 }, drift: 0 },
    {
      what: 'slow for a while, in a candidate that differs everywhere from its baseline',
      fault: { addS: 0.04, fromMinute: 8, untilMinute: 14 },
      drift: 0.15,
    },
    { what: 'failing from the start', fault: { addErrors: 0.05, fromMinute: 0 }, drift: 0 },
    { what: 'failing since its middle', fault: { addErrors: 0.05, fromMinute: 12 }, drift: 0 },
    {
      what: 'slow, with the alarm told',
      fault: { addS: 0.04, fromMinute: 12 },
      drift: 0,
      symptom: { service: 'shop', channel: 'latency' },
    },
  ])('$what', ({ fault, drift, symptom }) => {
    const outcomes = SERVICES.flatMap((service, at) =>
      [1, 2, 3].map((seed) => {
        const random = createRandom(10 * at + seed);
        return first({ fault: { service, ...fault }, drift, random }, symptom) === service;
      }),
    );
    expect(outcomes.filter(Boolean).length).toBeGreaterThanOrEqual(Math.ceil(0.9 * outcomes.length));
  });
});

describe('errors', () => {
  const alarm: Symptom = { service: 'shop', channel: 'errors' };
  const ranks = (world: Omit<World, 'random' | 'fault'>, fault: Omit<Fault, 'service'>) =>
    ['payment', 'stock', 'bank', 'checkout'].flatMap((service) =>
      Array.from({ length: 10 }, (_, seed) =>
        first({ ...world, fault: { service, ...fault }, random: createRandom(100 + seed) }, alarm) === service ? 1 : 0,
      ),
    );
  const share = (hits: readonly number[]) => hits.reduce<number>((sum, hit) => sum + hit, 0) / hits.length;

  it('that began after one quiet minute are held against all that was quiet before', () => {
    expect(share(ranks({}, { addErrors: 0.05, fromMinute: 1 }))).toBeGreaterThanOrEqual(0.9);
  });

  it('are laid at the door of who fails, though another gets slower meanwhile', () => {
    const hits = ranks({ alsoSlow: { service: 'index', addS: 0.2 } }, { addErrors: 0.05, fromMinute: 8 });
    expect(share(hits)).toBeGreaterThanOrEqual(0.9);
  });
});

describe('with attributes that name both ends', () => {
  const random = () => createRandom(3);
  it('a callee that reports nothing itself is known by its callers', () => {
    const fault = { service: 'bank', addS: 0.04, fromMinute: 0 };
    expect(first({ fault, random: random(), clients: true, silent: ['bank'] })).toBe('bank.prod.svc');
  });

  it('a way that is slow though its end is not is named as an edge', () => {
    const slowEdge = { from: 'checkout', to: 'payment', addS: 0.04 };
    expect(first({ slowEdge, random: random(), clients: true })).toBe('checkout->payment');
  });

  it('a caller is not charged with what its callees take', () => {
    const fault = { service: 'payment', addS: 0.04, fromMinute: 0 };
    const suspects = rank({ fault, random: random(), clients: true })?.suspects ?? [];
    const shares = new Map(suspects.map(({ unit, charges }) => [unit, charges[0]?.share ?? 0]));
    expect(suspects[0]?.unit).toBe('payment');
    expect(shares.get('checkout') ?? 0).toBeLessThan(0.1);
    expect(shares.get('shop') ?? 0).toBeLessThan(0.1);
  });
});

it('says what it held the symptom against', () => {
  const at = (fromMinute: number) =>
    rank({ fault: { service: 'bank', addS: 0.04, fromMinute }, random: createRandom(1) });
  expect(at(12)).toMatchObject({ symptom: { service: 'shop', channel: 'latency' }, reference: 'onset' });
  expect(at(0)).toMatchObject({ symptom: { service: 'shop', channel: 'latency' }, reference: 'baseline' });
});

it('knows nothing of a service that reports nothing', () => {
  expect(rank({ random: createRandom(1) }, { service: 'nobody', channel: 'latency' })).toBeNull();
  expect(rankByMetrics({ series: [], baseline: BASELINE, candidate: CANDIDATE })).toBeNull();
});

describe('slots that stand out', () => {
  it.each<{ what: string; values: readonly number[]; noise: number; hot: readonly number[] | null }>([
    { what: 'none of equal ones', values: [1, 1, 1], noise: 0.1, hot: null },
    { what: 'none within the noise', values: [1, 1.2, 0.9, 1.1], noise: 0.1, hot: null },
    { what: 'those above', values: [1, 1.1, 5, 6, 1], noise: 0.1, hot: [2, 3] },
    { what: 'those half as high as well', values: [1, 1, 3, 9, 2.5], noise: 0.1, hot: [2, 3, 4] },
    { what: 'none of nothing', values: [], noise: 0, hot: null },
    { what: 'none of a single one', values: [4], noise: 0, hot: null },
  ])('$what', ({ values, noise, hot }) => {
    const slots = values.map((value, slotMs) => ({ slotMs, value }));
    const found = hotSlots(slots, noise);
    expect(found === null ? null : [...found].sort((a, b) => a - b)).toEqual(hot);
  });
});
