import { describe, expect, it } from 'vitest';
import { answers, countsSentence } from '../../dashboards/report/answers.ts';
import { byEndpoint } from '../../dashboards/report/groups.ts';
import {
  buildName,
  changeOf,
  clockTime,
  findingSentence,
  formatValue,
  intervalOf,
  share,
  signalName,
  unbroken,
  verdictOf,
  windowOf,
} from '../../dashboards/report/words.ts';
import type { Action, ControllerState } from '../../model.ts';
import { crowdedReport, finding, inconclusiveReport, quietReport, sampleReport } from '../support/report.ts';

describe('numbers', () => {
  it.each([
    [1.84, '+84 %'],
    [1.042, '+4.2 %'],
    [0.82, '−18 %'],
    [1, '0 %'],
    [1.0001, '0 %'],
    [2, '×2.00'],
    [3.784, '×3.78'],
    [12.34, '×12.3'],
    [1_234, '×1,234'],
    [0.31, '−69 %'],
    [0.004, '−99.6 %'],
    [null, '–'],
  ])('a ratio of %d is %s', (ratio, text) => {
    expect(changeOf(ratio)).toBe(text);
  });

  it.each([
    [[1.71, 1.99], '+71 % to +99 %'],
    [[1.9, 2.1], '×1.90 to ×2.10'],
    [[0.97, 1.02], '−3.0 % to +2.0 %'],
    [[0.003, 0.25], '−99.7 % to −75 %'],
    [[0.004, 2.1], '×0.004 to ×2.10'],
    [null, '–'],
  ] as const)('an interval of %j is %s, both ends in one dress', (interval, text) => {
    expect(intervalOf(interval)).toBe(text);
  });

  it.each([
    ['latency.p99', 961e6, 'p99 latency', '961 ms'],
    ['latency.p99.9', 1.32e9, 'p99.9 latency', '1.32 s'],
    ['errors', 0.0021, 'error rate', '0.21 %'],
    ['retries', 1.294, 'attempts/call', '1.294'],
    ['metric:queue.depth', 17.25, 'queue.depth', '17.25'],
    ['errors', null, 'error rate', '–'],
  ] as const)('%s of %d reads %s %s', (signal, value, name, text) => {
    expect(`${signalName(signal)} ${formatValue(signal, value)}`).toBe(`${name} ${text}`);
  });

  it.each([
    [0, '0 %'],
    [0.0004, '0.04 %'],
    [0.024, '2.4 %'],
    [0.91, '91 %'],
  ])('a share of %d is %s', (value, text) => {
    expect(share(value)).toBe(text);
  });

  it.each([
    ['2.14.0', '2.14.0'],
    ['3f2a9c0d1e4b5a6978695a4b3c2d1e0f', '3f2a9c0d1e4b'],
    ['sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', '9f86d081884c'],
    ['feature/a-very-long-branch-name-20261120', 'feature/a-ve…me-20261120'],
    ['', '?'],
  ])('the build %s is named %s', (build, name) => {
    expect(buildName(build)).toBe(name);
  });

  it('times are UTC', () => {
    const start = Date.parse('2026-11-20T23:50:00Z');
    expect(clockTime(start)).toBe('23:50:00');
    expect(windowOf({ startMs: start, endMs: start + 20 * 60_000 })).toBe(
      '2026-11-20 23:50:00 to 2026-11-21 00:10:00 UTC (20 min 00 s)',
    );
  });
});

describe('sentences', () => {
  const base = { service: 'checkout', endpoint: 'POST /checkout', signal: 'errors' } as const;

  it('say no more than is known', () => {
    expect(findingSentence(finding({ ...base, verdict: 'regressed', baseline: 0, candidate: 0.004 }))).toBe(
      'error rate 0 % → 0.4 %',
    );
    expect(findingSentence(finding({ ...base, verdict: 'inconclusive' }))).toBe('error rate – → –');
  });

  it('name what would have been seen where nothing was', () => {
    expect(verdictOf(finding({ ...base, verdict: 'inconclusive', minimumDetectable: 1.18 }))).toBe(
      'inconclusive, sees +18 %',
    );
    expect(verdictOf(finding({ ...base, verdict: 'inconclusive' }))).toBe('inconclusive');
    expect(verdictOf(finding({ ...base, verdict: 'unchanged', minimumDetectable: 1.18 }))).toBe('unchanged');
  });
});

describe('the first screen', () => {
  const told = (report: Parameters<typeof answers>[0]): Record<string, string> =>
    Object.fromEntries(answers(report).map(({ ask, say }) => [ask, say]));

  it('answers every question of a regression that was turned off and recovered', () => {
    expect(told(sampleReport())).toEqual({
      'Worse?': 'Yes: 5 of 15 tests regressed, 0.25 false flags expected',
      Where: 'checkout: POST /checkout; checkout: charge card → payments; gateway: POST /api/orders',
      'How much': 'p99 latency 255 ms → 959 ms, ×3.76 (95 % interval ×3.35 to ×4.17)',
      'Which binary': 'checkout 2.13.4 → 2.14.0 explains 91 % (83 % to 97 %): a changed binary is the cause',
      'Which flag': 'checkout.retry-strategy in production',
      Done: '14:21:06 UTC: turned checkout.retry-strategy off: no step of the ladder was left',
      'Did it help?': 'Yes: recovery proved: p99 of POST /checkout from 959 ms back to 258 ms in 132 s',
    });
  });

  it('asks no further when nothing got worse', () => {
    expect(answers(quietReport())).toEqual([{ ask: 'Worse?', say: 'No: none of 15 tests regressed' }]);
  });

  it('says that it cannot tell', () => {
    expect(told(inconclusiveReport())['Worse?']).toBe('Cannot tell: 1 of 1 test inconclusive, none regressed');
  });

  it('counts the endpoints that it does not name', () => {
    expect(told(crowdedReport(40)).Where).toMatch(/; and 37 more$/);
  });

  const act = (state: ControllerState, text: string): Action => ({ atMs: 0, flag: 'f', environment: 'e', state, text });
  it.each([
    ['not without an action', [act('OBSERVE', 'all is well')], undefined],
    ['not yet', [act('KILL', 'off'), act('VERIFY_PUBLISHED', 'published')], 'Not known yet: published'],
    [
      'proved',
      [act('KILL', 'off'), act('VERIFY_RECOVERY', 'exposure fell'), act('HOLD', 'back'), act('OBSERVE', 'again')],
      'Yes: back',
    ],
    [
      "not by a person's hold",
      [act('KILL', 'off'), act('HOLD', 'a person held it')],
      'Not known yet: a person held it',
    ],
    [
      'no',
      [act('KILL', 'off'), act('VERIFY_RECOVERY', 'exposure fell'), act('EXHAUSTED', 'still slow')],
      'No: still slow',
    ],
    [
      'a second step is judged by itself',
      [act('STEP_DOWN', '1'), act('VERIFY_RECOVERY', 'a'), act('HOLD', 'b'), act('KILL', 'off')],
      'Not known yet: off',
    ],
  ])('did it help: %s', (_, actions, said) => {
    expect(told({ ...sampleReport(), actions })['Did it help?']).toBe(said);
  });
});

it('endpoints come by verdict, each with all of its tests', () => {
  const endpoints = byEndpoint(sampleReport().findings);
  expect(endpoints.map((e) => `${e.verdict} ${e.service} ${e.endpoint}: ${e.findings.length}`)).toEqual([
    'regressed checkout POST /checkout: 4',
    'regressed checkout charge card: 1',
    'regressed gateway POST /api/orders: 4',
    'improved inventory POST /reserve: 3',
    'inconclusive pricing GET /price: 3',
  ]);
  expect(countsSentence(sampleReport())).toBe(
    '5 regressed, 1 improved, 2 inconclusive, 7 unchanged; 0.25 false flags expected',
  );
});

it.each([
  ['p99 from 255 ms to 1.32 s', 'p99 from 255\u00a0ms to 1.32\u00a0s'],
  ['retries 27 % more often', 'retries 27\u00a0% more often'],
  ['85 µs (+18 %, at night)', '85\u00a0µs (+18\u00a0%, at night)'],
  ['in 3 services', 'in 3 services'],
  ['2 slow calls, 4 more', '2 slow calls, 4 more'],
])('a headline breaks between words, and not between a number and its unit: %s', (sentence, expected) => {
  expect(unbroken(sentence)).toBe(expected);
});
