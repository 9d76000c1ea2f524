/** Calls per request: what is a regression, what only looks like one, and who answers for it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { chargePattern } from '../../analysis/attribution/pattern.ts';
import { withoutConsequences } from '../../analysis/detection/consequences.ts';
import { mixRange } from '../../analysis/requests/mix.ts';
import { addUp } from '../../analysis/statistics/counts.ts';
import { standardise } from '../../analysis/statistics/standardise.ts';
import type { Cell, Finding } from '../../model.ts';
import { CALLEES, type FanOutTruth, generateFanOut } from '../support/fan-out.ts';
import { finding } from '../support/report.ts';

const SETTINGS = { ...DEFAULT_SETTINGS, bootstrapDraws: 10 };
const SELF_TIME = { rootService: 'web', rootEndpoint: 'GET /', build: '', variant: '', instance: 'web-0', slotMs: 0 };
const MANIFEST = ['shop', 'catalog'].map((service) => ({ service, from: 'v1', to: 'v2' }));

function judged(truth: Omit<FanOutTruth, 'seed'>) {
  const analysis = analyse({
    ...generateFanOut({ seed: 3, ...truth }),
    changed: MANIFEST,
    settings: SETTINGS,
    seed: 1,
  });
  const calls = analysis.findings.filter(({ signal }) => signal === 'calls');
  const regressed = calls.filter(({ verdict }) => verdict === 'regressed').map(({ peer }) => peer);
  const reasonOf = (peer: string) => calls.find((each) => each.peer === peer)?.reason;
  return { ...analysis, calls, regressed: regressed.sort(), reasonOf };
}

describe('a service that calls another more or less often than before', () => {
  it.each<[string, Omit<FanOutTruth, 'seed'>, readonly string[]]>([
    ['nothing changed', {}, []],
    [
      'half of the purchases answered before payment',
      { early: { share: 0.5, before: 'payment' } },
      ['email', 'payment'],
    ],
    ['no purchase reaches payment', { early: { share: 1, before: 'payment' } }, ['email', 'payment']],
    [
      'twelve purchases before and none that pays after, one instance',
      { instances: 1, requests: 40, early: { share: 1, before: 'payment' } },
      ['email', 'payment'],
    ],
    ['twice the calls', { more: { callee: 'catalog', times: 2 } }, ['catalog']],
    ['half as many purchases among the requests', { purchases: { baseline: 0.4, candidate: 0.2 } }, []],
    ['polls that belong to no request, at half the load', { polls: 4 }, []],
  ])('%s', (_, truth, regressed) => {
    expect(judged(truth).regressed).toEqual(regressed);
  });

  it('is told with its rates, for the requests that make the call, and with what it may mean', () => {
    const { calls, headline, verdict } = judged({ early: { share: 1, before: 'payment' } });
    const payment = calls.find(({ peer }) => peer === 'payment');
    expect(verdict).toBe('regressed');
    expect(payment).toMatchObject({ service: 'shop', endpoint: 'payment/Do', kind: 'CLIENT', candidate: 0, ratio: 0 });
    expect(payment?.baseline).toBeCloseTo(1);
    expect(payment?.reason).toMatch(/^calls per request from 1 to 0 .*check that its answers are complete$/);
    expect(headline).toMatch(/calls per request went from [\d.]+ to 0/);
    expect(calls.map(({ peer }) => peer).sort()).toEqual(CALLEES);
  });

  it('is not called faster for it', () => {
    const { findings } = judged({ early: { share: 1, before: 'payment' } });
    expect(findings.filter(({ verdict }) => verdict === 'improved')).toEqual([]);
  });
});

describe('spans that vanish are told apart from calls that vanish, by whose are missing', () => {
  it.each<[string, Omit<FanOutTruth, 'seed'>, RegExp]>([
    [
      'the callee stopped reporting: the caller still calls, and names no peer',
      { lost: { callee: 'payment', spans: 'SERVER' } },
      /shop makes as many calls under another name or to another peer: payment stopped reporting/,
    ],
    [
      "the caller's spans are missing: the callee still answers",
      { lost: { callee: 'payment', spans: 'CLIENT' } },
      /payment still answers calls that shop no longer reports: its spans are missing, not its calls/,
    ],
  ])('%s', (_, truth, why) => {
    const { regressed, reasonOf, verdict, health } = judged(truth);
    expect(regressed).toEqual([]);
    expect(verdict).toBe('inconclusive');
    expect(reasonOf('payment')).toMatch(why);
    expect(health.notes[0]).toMatch(/calls shop->payment per request fell .* check whether its telemetry is complete/);
  });

  it('calls that vanish are no question of telemetry', () => {
    const { health } = judged({ early: { share: 1, before: 'payment' } });
    expect(health.notes.join()).not.toContain('per request fell');
  });
});

describe('calls that name no peer', () => {
  it('are judged by the counts of all calls', () => {
    const { calls } = judged({ queries: { baseline: 2, candidate: 1 } });
    const fallen = calls.filter(({ verdict }) => verdict === 'regressed');
    expect(fallen.map(({ service }) => service).sort()).toEqual(CALLEES);
    expect(fallen.every(({ endpoint, peer }) => endpoint === 'SELECT' && peer === '')).toBe(true);
  });

  it('are left open when they are made as often per second as before', () => {
    const load = (truth: Omit<FanOutTruth, 'seed'>) => generateFanOut({ seed: 3, polls: 4, ...truth });
    const arms = { baseline: load({ requests: 2_000 }).baseline, candidate: load({ requests: 4_000 }).candidate };
    const { findings } = analyse({ ...arms, changed: MANIFEST, settings: SETTINGS, seed: 1 });
    const polls = findings.find(({ signal, endpoint }) => signal === 'calls' && endpoint === 'poll');
    expect(polls).toMatchObject({ verdict: 'inconclusive' });
    expect(polls?.reason).toContain('they may belong to no request');
  });
});

describe('who answers for it', () => {
  it('the caller, whose calls to several callees vanish', () => {
    const { suspects, conclusion } = judged({ early: { share: 0.5, before: 'payment' } });
    expect(conclusion).toBe('CALL_PATTERN');
    expect(suspects[0]).toMatchObject({ service: 'shop', share: 1, changed: true });
    expect(suspects[0]?.evidence[0]).toMatch(
      /^calls of shop to \w+ per request went from [\d.]+ to [\d.]+, p < 0.001$/,
    );
  });

  it('the callee below it whose answers do less than before', () => {
    const { suspects, conclusion } = judged({ early: { share: 0.8, before: 'payment' }, cutShort: 'catalog' });
    expect(conclusion).toBe('BINARY');
    expect(suspects[0]).toMatchObject({ service: 'catalog', share: 1 });
    expect(suspects[0]?.evidence[0]).toMatch(/charged to catalog, whose own operations per call went from 3 to 1, p/);
  });

  it('the caller, where it calls more', () => {
    const { suspects } = judged({ more: { callee: 'catalog', times: 3 } });
    expect(suspects[0]).toMatchObject({ service: 'shop', share: 1 });
  });
});

describe('where the cause lies, from who calls whom less', () => {
  const fell = (service: string, peer: string, ratio = 0.2) =>
    finding({
      ...{ service, endpoint: `${peer}/Do`, kind: 'CLIENT', peer, signal: 'calls', verdict: 'regressed', ratio },
      ...{ baseline: 1, candidate: ratio, calls: { baseline: 100, candidate: 100 * ratio } },
    });
  const cells = (unit: string) => [
    { ...SELF_TIME, unit, selfTimes: { buckets: [], counts: [] }, requests: 100, spans: 100 },
  ];
  const traffic = new Map(
    Object.entries({ web: ['cart', 'ads', 'stock'], cart: ['stock'], ads: [], stock: [] }).map(([service, callees]) => [
      service,
      { own: cells(service), out: new Map(callees.map((callee) => [callee, cells(callee)])), callsIn: new Map() },
    ]),
  );
  const charged = (findings: readonly Finding[], work: readonly string[] = []) =>
    chargePattern({
      ...{ findings, traffic, services: new Set(traffic.keys()), slower: new Set<string>() },
      work: new Map(work.map((service) => [service, { baseline: 3, candidate: 1, p: 0.001 }])),
    }).map(({ service }) => service);

  it.each<[string, readonly Finding[], readonly string[], readonly string[]]>([
    ['one caller, several callees: the caller', [fell('web', 'cart'), fell('web', 'ads')], [], ['web', 'web']],
    ['a callee that is called as before and does less: it', [fell('web', 'ads')], ['cart'], ['cart']],
    ['a callee that is called less and does less: the caller still', [fell('web', 'ads')], ['ads'], ['web']],
    [
      'the calls of a service that is called less: its caller',
      [fell('web', 'cart'), fell('cart', 'stock')],
      [],
      ['web', 'web'],
    ],
    [
      'a callee that two callers call less, each called as before: the callee',
      [fell('web', 'stock'), fell('cart', 'stock'), fell('web', 'ads')],
      [],
      ['stock', 'stock', 'stock'],
    ],
  ])('%s', (_, findings, work, services) => {
    expect(charged(findings, work)).toEqual(services);
  });
});

describe('in the light of what else changed', () => {
  const fall = finding({
    ...{ service: 'shop', endpoint: 'pay', kind: 'CLIENT', peer: 'payment', signal: 'calls', verdict: 'regressed' },
    ...{ baseline: 1, candidate: 0.6, reason: 'calls per request from 1 to 0.6' },
  });
  const errors = (verdict: 'regressed' | 'improved', baseline: number, candidate: number) =>
    finding({
      ...{ service: 'shop', endpoint: 'POST /', signal: 'errors', verdict, baseline, candidate },
      calls: { baseline: 100, candidate: 100 },
    });

  it.each([
    ['requests fail by as much: it follows from the failures', errors('regressed', 0, 0.4), 'inconclusive'],
    ['requests fail a little: it does not', errors('regressed', 0, 0.02), 'regressed'],
    ['fewer requests fail: they may need fewer calls', errors('improved', 0.4, 0), 'inconclusive'],
  ])('%s', (_, other, verdict) => {
    expect(withoutConsequences([fall, other])[0]).toMatchObject({ verdict });
  });
});

describe('the pieces', () => {
  const share = fc.array(fc.nat(50), { minLength: 3, maxLength: 3 }).filter((calls) => calls.every((each) => each > 5));

  it('no mix of endpoints explains more than its range', () => {
    const cellsOf = (calls: readonly number[]) =>
      calls.map((each, index) => ({ endpoint: String(index), kind: 'SERVER', calls: each }) as Cell);
    const rate = (calls: readonly number[], each: readonly number[]) =>
      calls.reduce((sum, count, index) => sum + count * (each[index] ?? 0), 0) /
      calls.reduce((sum, count) => sum + count);
    fc.assert(
      fc.property(share, share, share, (before, after, each) => {
        const [least, most] = mixRange(cellsOf(before), cellsOf(after));
        const ratio = rate(after, each) / rate(before, each);
        expect(ratio).toBeGreaterThanOrEqual(least - 1e-9);
        expect(ratio).toBeLessThanOrEqual(most + 1e-9);
      }),
    );
  });

  it('standardised rates do not move with the mix of strata', () => {
    const clusters = (a: number, b: number) => [
      new Map([
        ['a', { events: 2 * a, exposure: a }],
        ['b', { events: 0.5 * b, exposure: b }],
      ]),
    ];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }), (one, other) => {
        const { baseline, candidate } = standardise(clusters(one, 50), clusters(other, 20));
        const [before, after] = [addUp(baseline.counts), addUp(candidate.counts)];
        expect(after.events / after.exposure).toBeCloseTo(before.events / before.exposure, 9);
        expect(before.exposure).toBeCloseTo(one + 50, 9);
      }),
    );
  });
});

describe('old and new serve together', () => {
  /** Half of the candidate's instances still run the old build. */
  function canary(truth: Omit<FanOutTruth, 'seed'>) {
    const { baseline, candidate } = generateFanOut({ seed: 3, ...truth });
    const still = generateFanOut({ seed: 4 }).baseline;
    const later = candidate.range.startMs - still.range.startMs;
    const moved = <T extends { readonly slotMs: number; readonly instance: string }>(members: readonly T[]): T[] =>
      members.map((member) => ({ ...member, slotMs: member.slotMs + later, instance: `old-${member.instance}` }));
    const both = {
      ...candidate,
      cells: [...candidate.cells, ...moved(still.cells)],
      selfTimes: [...candidate.selfTimes, ...moved(still.selfTimes)],
    };
    const { findings } = analyse({ baseline, candidate: both, changed: MANIFEST, settings: SETTINGS, seed: 1 });
    return findings.filter(({ signal, service }) => signal === 'calls' && service === 'shop');
  }

  it('the two builds are compared in the same slots', () => {
    const calls = canary({ early: { share: 0.6, before: 'payment' } });
    expect(calls.every(({ control }) => control === 'concurrent')).toBe(true);
    const regressed = calls.filter(({ verdict }) => verdict === 'regressed').map(({ peer }) => peer);
    expect(regressed.sort()).toEqual(['email', 'payment']);
  });

  it('nothing is found where the new build calls as the old one does', () => {
    expect(canary({}).filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
  });
});
