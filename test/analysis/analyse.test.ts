/** What the analysis says of one endpoint: verdicts and reasons for known truths, and for data that cannot tell. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Analysis, type ArmData, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import { CELLS } from '../../cells/cell.ts';
import { rowsInOrder } from '../../cells/order.ts';
import { inOneTable } from '../../cells/row.ts';
import { SELF_TIMES } from '../../cells/self-time.ts';
import type { Cell, Finding, Histogram, SelfTimeCell, Signal } from '../../model.ts';
import { drawCells } from '../../rehearse/cells.ts';
import { type EndpointTruth, generateArms, joinArms } from '../support/generator.ts';
import { generateTree, SHOP } from '../support/generator-tree.ts';
import { plainCell } from '../support/plain-cells.ts';

type Arms = { baseline: ArmData; candidate: ArmData };

function judge(arms: Arms, settings = DEFAULT_SETTINGS): Analysis {
  return analyse({ ...arms, changed: [], settings, seed: 1 });
}

function findingOf({ findings }: Analysis, signal: Signal): Finding {
  const found = findings.find((finding) => finding.signal === signal);
  if (found === undefined) throw new Error(`no finding of ${signal}`);
  return found;
}

describe('verdicts for known truths', () => {
  const client = { kind: 'CLIENT', peer: 'payments', endpoint: 'POST' } as const;
  it.each<[string, Omit<EndpointTruth, 'seed'>, Signal, Finding['verdict']]>([
    ['nothing changed on instances that differ by 1 %', { instanceSd: 0.01 }, 'latency.p50', 'unchanged'],
    ['nothing changed on instances that differ by 5 %', {}, 'latency.p50', 'inconclusive'],
    ['everything 30 % slower', { effect: { kind: 'scale', size: 0.3 } }, 'latency.p50', 'regressed'],
    ['everything 30 % slower', { effect: { kind: 'scale', size: 0.3 } }, 'latency.p95', 'regressed'],
    ['everything 30 % faster', { effect: { kind: 'scale', size: -0.3 } }, 'latency.p50', 'improved'],
    ['the tail twice as long', { effect: { kind: 'tail', size: 1 } }, 'latency.p99', 'regressed'],
    ['the tail twice as long', { instanceSd: 0.01, effect: { kind: 'tail', size: 1 } }, 'latency.p50', 'unchanged'],
    ['errors up from 1 % to 3 %', { errorRate: { baseline: 0.01, candidate: 0.03 } }, 'errors', 'regressed'],
    ['errors down from 3 % to 1 %', { errorRate: { baseline: 0.03, candidate: 0.01 } }, 'errors', 'improved'],
    ['no errors', {}, 'errors', 'unchanged'],
    [
      'retries up from 2 % to 20 %',
      { ...client, retryRate: { baseline: 0.02, candidate: 0.2 } },
      'retries',
      'regressed',
    ],
    ['retries as before', { ...client, retryRate: { baseline: 0.05, candidate: 0.05 } }, 'retries', 'unchanged'],
    ['no retries', client, 'retries', 'unchanged'],
    [
      '0.2 ms slower under a floor of 1 ms',
      { medianMs: 0.4, effect: { kind: 'scale', size: 0.5 } },
      'latency.p50',
      'unchanged',
    ],
    ['too few calls for p99', { calls: 600 }, 'latency.p99', 'inconclusive'],
  ])('%s', (_, truth, signal, verdict) => {
    const finding = findingOf(judge(generateArms({ seed: 11, ...truth })), signal);
    expect({ verdict: finding.verdict, reason: finding.reason }).toMatchObject({ verdict });
    expect(finding.reason).not.toBe('');
  });

  it('sizes a shift of 30 % with an interval that holds it', () => {
    const analysis = judge(generateArms({ seed: 3, effect: { kind: 'scale', size: 0.3 } }));
    const { ratio, interval, minimumDetectable, q } = findingOf(analysis, 'latency.p50');
    expect(ratio).toBeGreaterThan(1.2);
    expect(interval?.[0]).toBeLessThan(1.3);
    expect(interval?.[1]).toBeGreaterThan(1.3);
    expect(minimumDetectable).toBeLessThan(1.3);
    expect(q).toBeLessThan(0.001);
    expect(analysis.verdict).toBe('regressed');
    expect(analysis.headline).toContain('checkout POST /checkout');
  });

  it('draws the shift of the whole distribution, within its band', () => {
    const { shift } = findingOf(judge(generateArms({ seed: 3, effect: { kind: 'scale', size: 0.3 } })), 'latency.p99');
    expect(shift.length).toBeGreaterThan(40);
    expect(shift.at(0)?.p).toBe(0.05);
    expect(shift.at(-1)?.p).toBeGreaterThanOrEqual(0.999);
    for (const point of shift) {
      expect(point.lowNs).toBeLessThanOrEqual(point.candidateNs - point.baselineNs + 1);
      expect(point.highNs).toBeGreaterThanOrEqual(point.candidateNs - point.baselineNs - 1);
    }
    expect(shift.every((point) => point.highNs > 0)).toBe(true);
  });

  it('sees six errors after none, and says how many times as many there are at least', () => {
    const arms = generateArms({ seed: 5, calls: 1_200, instances: 6, slots: 10 });
    const [six, rest] = [arms.candidate.cells.slice(0, 6 * 10), []];
    const failing = six.map((cell, index) => (index % 10 === 0 ? { ...cell, errors: 1 } : cell));
    const finding = findingOf(
      judge({ ...arms, candidate: { ...arms.candidate, cells: [...failing, ...rest] } }),
      'errors',
    );
    expect(finding).toMatchObject({ verdict: 'regressed', baseline: 0, ratio: null, interval: null });
    expect(finding.p).toBeLessThan(0.02);
    expect(finding.reason).toContain('at least ×1.5');
  });

  it('does not take a burst on one instance in one slot for a raised error rate', () => {
    const arms = generateArms({ seed: 5, calls: 1_200, instances: 6, slots: 10 });
    const burst = arms.candidate.cells.map((cell, index) => (index === 7 ? { ...cell, errors: 6 } : cell));
    expect(findingOf(judge({ ...arms, candidate: { ...arms.candidate, cells: burst } }), 'errors').verdict).toBe(
      'inconclusive',
    );
  });

  it('calls an effect that is gone in the last third transient', () => {
    const arms = generateArms({
      seed: 9,
      calls: 30_000,
      effect: { kind: 'scale', size: 2 },
      effectSlots: (slot) => slot < 4,
    });
    const finding = findingOf(judge(arms), 'latency.p95');
    expect(finding.verdict).toBe('inconclusive');
    expect(finding.reason).toMatch(/^transient: /);
  });

  it('does not call failing faster an improvement', () => {
    const arms = generateArms({
      seed: 9,
      effect: { kind: 'scale', size: -0.5 },
      errorRate: { baseline: 0.01, candidate: 0.2 },
    });
    const analysis = judge(arms);
    expect(findingOf(analysis, 'errors').verdict).toBe('regressed');
    expect(findingOf(analysis, 'latency.p50')).toMatchObject({ verdict: 'inconclusive' });
  });

  it('puts the worst first and corrects for the number of tests', () => {
    const endpoints = Array.from({ length: 12 }, (_, index) =>
      generateArms({
        seed: 100 + index,
        calls: 4_000,
        endpoint: `GET /${index}`,
        ...(index === 4 ? { effect: { kind: 'scale', size: 0.5 } } : {}),
        ...(index === 7 ? { effect: { kind: 'scale', size: 1 } } : {}),
      } as EndpointTruth),
    );
    const { findings, health } = judge(joinArms(endpoints));
    const regressed = findings.filter(({ verdict }) => verdict === 'regressed');
    expect(new Set(regressed.map(({ endpoint }) => endpoint))).toEqual(new Set(['GET /4', 'GET /7']));
    expect(findings.slice(0, regressed.length)).toEqual(regressed);
    expect(regressed[0]?.endpoint).toBe('GET /7');
    expect(findings.every(({ p, q }) => (p === null) === (q === null) && (q ?? 1) >= (p ?? 0))).toBe(true);
    expect(health).toMatchObject({ endpoints: 12, services: 1 });
    const improved = findings.filter(({ verdict }) => verdict === 'improved');
    expect(improved.length).toBeLessThanOrEqual(1);
    expect(health.expectedFalseFlags).toBeCloseTo(0.05 * (regressed.length + improved.length));
  });
});

describe('data that cannot tell is inconclusive with a reason, never a fault and never a pass', () => {
  const arms = generateArms({ seed: 2, calls: 6_000 });
  const without = (cells: readonly Cell[]): ArmData => ({ ...arms.candidate, cells });
  const broken = arms.candidate.cells.map((cell) => ({ ...cell, calls: Number.NaN }));

  it('no telemetry at all', () => {
    const analysis = judge({ baseline: { ...arms.baseline, cells: [] }, candidate: without([]) });
    expect(analysis).toMatchObject({ verdict: 'inconclusive', conclusion: 'NONE', findings: [], suspects: [] });
    expect(analysis.headline).toBe('Cannot tell: there is no telemetry to compare.');
  });

  it('names broken cells, gaps and endpoints of one side in the health notes', () => {
    const other = generateArms({ seed: 4, endpoint: 'GET /new', calls: 6_000 });
    const gaps = arms.candidate.cells.filter((cell) => (cell.slotMs / 60_000) % 3 < 1);
    const { health } = judge({
      baseline: arms.baseline,
      candidate: without([...gaps, ...other.candidate.cells.slice(0, 1), ...broken.slice(0, 2)]),
    });
    expect(health.notes.join('\n')).toMatch(/Left out: 2 cells/);
    expect(health.notes.join('\n')).toMatch(/candidate has data in \d+ of 12 slots/);
    expect(health.notes.join('\n')).toMatch(/Served only after: checkout GET \/new/);
  });
});

describe('the same data give the same bytes', () => {
  const tree = generateTree({
    seed: 8,
    services: SHOP,
    requests: 400,
    fault: { kind: 'backoff', service: 'checkout', callee: 'payments', share: 0.3, waitMs: 200 },
  });
  const input = (arms: Arms) => ({
    ...arms,
    changed: [{ service: 'checkout', from: 'a', to: 'b' }],
    settings: DEFAULT_SETTINGS,
    seed: 7,
  });
  const reference = JSON.stringify(analyse(input(tree)));

  it('for any order and splitting of the cells', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const scrambled = { baseline: scramble(tree.baseline, seed), candidate: scramble(tree.candidate, seed + 1) };
        expect(JSON.stringify(analyse(input(scrambled)))).toBe(reference);
      }),
      { numRuns: 8, seed: 1 },
    );
  });

  it('for cells that were put in order before, in one piece or in several', () => {
    const ordered = (arm: ArmData) => ({
      ...arm,
      cells: rowsInOrder(inOneTable(arm.cells, CELLS).table, CELLS),
      selfTimes: rowsInOrder(inOneTable(arm.selfTimes, SELF_TIMES).table, SELF_TIMES),
    });
    for (const { baseline, candidate } of [tree, { ...tree, candidate: scramble(tree.candidate, 5) }])
      expect(JSON.stringify(analyse(input({ baseline: ordered(baseline), candidate: ordered(candidate) })))).toBe(
        reference,
      );
  });

  it('for any order and splitting of the cells of earlier days, and however often it is asked', () => {
    const { baseline, candidate, history } = drawCells({
      ...{ seed: 4, instances: 4, slots: 6, slotMs: 60_000, noise: {}, rollout: { kind: 'all' }, paired: false },
      ...{ baselineMs: 1_750_000_000_000, candidateMs: 1_750_003_600_000, historyDays: 3 },
      endpoints: ['GET /one', 'GET /two'].map((endpoint) => ({
        ...{ service: 'shop', endpoint, kind: 'SERVER', peer: '', medianMs: 20, calls: 4_000 },
        ...{ errors: { before: 0.02, after: 0.02 }, effect: { slower: 0.3 } },
      })),
    });
    const report = (days: readonly Arms[]) =>
      JSON.stringify(analyse({ ...input({ baseline, candidate }), history: days }));
    const whole = report(history);
    expect(whole).toContain('"control":"history"');
    expect(report(history)).toBe(whole);
    const scrambled = history.map((day, index) => ({
      baseline: scramble(day.baseline, index),
      candidate: scramble(day.candidate, index + 9),
    }));
    expect(report(scrambled)).toBe(whole);
  });

  it('and are told apart from other data', () => {
    const fewer = { ...tree, candidate: { ...tree.candidate, cells: tree.candidate.cells.slice(1) } };
    expect(JSON.stringify(analyse(input(fewer)))).not.toBe(reference);
  });
});

/** Shuffles an arm and splits about half of its cells in two. */
function scramble(arm: ArmData, seed: number): ArmData {
  const random = createRandom(seed);
  const shuffled = <T>(items: readonly T[]) =>
    items
      .map((item) => ({ item, at: random() }))
      .sort((one, other) => one.at - other.at)
      .map(({ item }) => item);
  return {
    ...arm,
    cells: shuffled(arm.cells.flatMap((cell) => (random() < 0.5 ? splitCell(cell) : [cell]))),
    selfTimes: shuffled(arm.selfTimes.flatMap((cell) => (random() < 0.5 ? splitSelfTime(cell) : [cell]))),
  };
}

function splitHistogram({ buckets, counts }: Histogram): [Histogram, Histogram] {
  const at = Math.floor(buckets.length / 2);
  return [
    { buckets: buckets.slice(0, at), counts: counts.slice(0, at) },
    { buckets: buckets.slice(at), counts: counts.slice(at) },
  ];
}

function splitCell(given: Cell): Cell[] {
  const cell = plainCell(given);
  const [first, second] = splitHistogram(cell.durations);
  const { calls, errors, retries, logicalCalls } = cell;
  const part = { calls: calls - 1, errors, retries: 0, logicalCalls: logicalCalls - 1 };
  return [
    { ...cell, ...part, durations: first },
    { ...cell, calls: 1, errors: 0, retries, logicalCalls: 1, durations: second },
  ];
}

function splitSelfTime(cell: SelfTimeCell): SelfTimeCell[] {
  const [first, second] = splitHistogram(cell.selfTimes);
  return [
    { ...cell, requests: cell.requests - 1, spans: cell.spans - 1, selfTimes: first },
    { ...cell, requests: 1, spans: 1, selfTimes: second },
  ];
}
