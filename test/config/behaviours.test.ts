/** Behaviours: what is refused, at which line; no name stands for more than one thing; what the controller is handed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { behavioursOf } from '../../commands/serve/behaviours.ts';
import { fromText, refusalOf } from './refusals.ts';

/** A good file of known lines; each case below changes or adds one of them. */
const GOOD = `unleash:
  url: http://127.0.0.1:4242
  token: t
slos:
  - name: fast
    service: checkout
    endpoint: POST /checkout
    indicator: latency
    thresholdMs: 300
    objective: 0.99
  - name: right
    service: checkout
    indicator: errors
    objective: 0.999
behaviours:
  - name: retries
    service: checkout
    flag: checkout.retry
    environments: [production]
    mode: act
    slos: [fast, right]
    ladder:
      - '{"baseMs":50,"jitter":"full"}'
      - '{"baseMs":200,"jitter":"full"}'
    bounds:
      baseMs:
        min: 10
        max: 5000
    burn:
      - longSeconds: 3600
        shortSeconds: 300
        rate: 14.4
    cooldownSeconds: 1800
    minEvents: 30
`;

const ANOTHER = `  - name: other
    service: payments
    flag: checkout.retry
    environments: [staging, production]
    slos: [fast]
`;

const refusal = (from: string, to: string): string => {
  if (!GOOD.includes(from)) throw new Error(`the good file has no "${from}"`);
  return refusalOf(() => fromText(GOOD.replace(from, to)));
};

it('the good file is good', () => {
  expect(refusalOf(() => fromText(GOOD))).toBe('accepted');
});

describe('is refused with line, key and what to do:', () => {
  it.each([
    [
      'a key with a typo',
      'cooldownSeconds:',
      'coolDownSeconds:',
      '33: unknown key behaviours.0.coolDownSeconds; did you mean cooldownSeconds?',
    ],
    [
      'the key of an earlier version',
      'environments: [production]',
      'environment: production',
      '19: unknown key behaviours.0.environment; did you mean environments?',
    ],
    [
      'an unknown key of an SLO',
      'thresholdMs',
      'thresholdMS',
      '9: unknown key slos.0.thresholdMS; did you mean thresholdMs?',
    ],
    ['an unknown key of a rule', 'rate:', 'ratio:', '32: unknown key behaviours.0.burn.0.ratio; did you mean rate?'],
    [
      'an unknown key of bounds',
      'max: 5000',
      'most: 5000',
      '28: unknown key behaviours.0.bounds.baseMs.most; known here: min, max',
    ],
    ['a key twice', 'mode: act', 'flag: other', '20: not valid YAML: Map keys must be unique at line 20, column 5:'],
    [
      'no flag',
      'flag: checkout.retry',
      'flag:',
      '18: behaviours.0.flag: Invalid input: expected string, received null',
    ],
    [
      'a flag that is empty',
      'flag: checkout.retry',
      "flag: ''",
      '18: behaviours.0.flag: must name exactly one: it may not be empty nor have blanks, * or ? in it',
    ],
    [
      'a flag with a wildcard',
      'flag: checkout.retry',
      'flag: checkout.*',
      '18: behaviours.0.flag: must name exactly one: it may not be empty nor have blanks, * or ? in it',
    ],
    [
      'a service with a wildcard',
      'service: checkout\n    flag',
      "service: '*'\n    flag",
      '17: behaviours.0.service: must name exactly one: it may not be empty nor have blanks, * or ? in it',
    ],
    [
      'the service of an SLO with a wildcard',
      'service: checkout\n    endpoint',
      "service: '*'\n    endpoint",
      '6: slos.0.service: must name exactly one: it may not be empty nor have blanks, * or ? in it',
    ],
    [
      'an endpoint that is empty',
      'endpoint: POST /checkout',
      "endpoint: ''",
      '7: slos.0.endpoint: must name exactly one: it may not be empty nor a wildcard alone',
    ],
    [
      'an endpoint of nothing but a wildcard',
      'endpoint: POST /checkout',
      "endpoint: '*'",
      '7: slos.0.endpoint: must name exactly one: it may not be empty nor a wildcard alone',
    ],
    [
      'an endpoint that was forgotten',
      'endpoint: POST /checkout',
      'endpoint:',
      '7: slos.0.endpoint: Invalid input: expected string, received null',
    ],
    [
      'no environment',
      '[production]',
      '[]',
      '19: behaviours.0.environments: Too small: expected array to have >=1 items',
    ],
    [
      'an environment with a wildcard',
      '[production]',
      "['*']",
      '19: behaviours.0.environments.0: must name exactly one: it may not be empty nor have blanks, * or ? in it',
    ],
    [
      'an environment twice',
      '[production]',
      '[production, production]',
      '19: behaviours.0.environments.1: names "production" a second time',
    ],
    [
      'an unknown mode',
      'mode: act',
      'mode: kill',
      /^20: behaviours\.0\.mode: Invalid option: expected one of "observe"\|"dry-run"\|/,
    ],
    ['no SLO', '[fast, right]', '[]', '21: behaviours.0.slos: Too small: expected array to have >=1 items'],
    [
      'an SLO that is not there',
      '[fast, right]',
      '[fast, quick]',
      '21: behaviours.0.slos.1: names the SLO "quick", which slos does not define',
    ],
    ['an SLO twice', '[fast, right]', '[fast, fast]', '21: behaviours.0.slos.1: names "fast" a second time'],
    ['two SLOs of one name', 'name: right', 'name: fast', '11: slos.1.name: is also the name of slos.0'],
    [
      'a rung that is not JSON',
      `'{"baseMs":200,"jitter":"full"}'`,
      "'{baseMs:200}'",
      '24: behaviours.0.ladder.1: is not JSON',
    ],
    [
      'a rung below its bounds',
      '"baseMs":50',
      '"baseMs":9',
      '23: behaviours.0.ladder.0: baseMs is 9, but bounds allow 10 to 5000',
    ],
    [
      'a rung above its bounds',
      '"baseMs":200',
      '"baseMs":5001',
      '24: behaviours.0.ladder.1: baseMs is 5001, but bounds allow 10 to 5000',
    ],
    [
      'a bounded setting that is no number',
      '"baseMs":50',
      '"baseMs":"50"',
      '23: behaviours.0.ladder.0: baseMs must be a number from 10 to 5000',
    ],
    [
      'a number without bounds',
      '"baseMs":50',
      '"baseMs":50,"capMs":1',
      '23: behaviours.0.ladder.0: capMs is a number without bounds; give bounds.capMs a min and a max',
    ],
    [
      'a rung that has no settings',
      `'{"baseMs":50,"jitter":"full"}'`,
      "'50'",
      '23: behaviours.0.ladder.0: is not an object of settings, as bounds ask for',
    ],
    [
      'two rungs that say the same',
      `'{"baseMs":200,"jitter":"full"}'`,
      `'{"jitter":"full", "baseMs":50.0}'`,
      '24: behaviours.0.ladder.1: says the same as rung 0; every rung must differ',
    ],
    [
      'bounds that are empty',
      'max: 5000',
      'max: 5',
      /^23: behaviours\.0\.ladder\.0: baseMs is 50, but bounds allow 10 to 5$/,
    ],
    [
      'bounds of no setting',
      'bounds:\n',
      'bounds:\n      jiter: { min: 0, max: 1 }\n',
      '26: behaviours.0.bounds.jiter: no rung of the ladder has this setting',
    ],
    [
      'windows the wrong way round',
      'shortSeconds: 300',
      'shortSeconds: 3600',
      '31: behaviours.0.burn.0.shortSeconds: must be shorter than longSeconds',
    ],
    [
      'a rate that no budget can burn at',
      'objective: 0.99\n',
      'objective: 0.9\n',
      /^21: behaviours\.0\.slos\.0: "fast" can burn 10 times too fast at most/,
    ],
    [
      'a cool-down that is none',
      'cooldownSeconds: 1800',
      'cooldownSeconds: 1',
      '33: behaviours.0.cooldownSeconds: Too small: expected number to be >=60',
    ],
    [
      'fewer events than one',
      'minEvents: 30',
      'minEvents: 0',
      '34: behaviours.0.minEvents: Too small: expected number to be >=1',
    ],
    [
      'an objective that leaves no budget',
      'objective: 0.99\n',
      'objective: 1\n',
      '10: slos.0.objective: Too big: expected number to be <1',
    ],
    [
      'a threshold for what has none',
      'indicator: errors',
      'indicator: errors\n    thresholdMs: 3',
      '14: slos.1.thresholdMs: an SLO of errors has no threshold; leave it out',
    ],
    [
      'a latency SLO without threshold',
      '    thresholdMs: 300\n',
      '',
      '5: slos.0.thresholdMs: a latency SLO needs thresholdMs',
    ],
    [
      'two behaviours of one flag in one environment',
      '    minEvents: 30\n',
      ANOTHER,
      '36: behaviours.1.flag: is turned by two behaviours in one environment: this one and behaviours.0',
    ],
    [
      'acting without a flag server',
      /^unleash:\n.*\n.*\n/.exec(GOOD)?.[0] ?? '',
      '',
      '17: behaviours.0.mode: act needs a flag server: set unleash.url and unleash.token, or flagd.file',
    ],
    [
      'two flag servers',
      'unleash:\n',
      'flagd: { file: flags.json, environment: production }\nunleash:\n',
      /^\d+: flagd: there is unleash as well: Hinge turns the flags of one server$/,
    ],
    [
      'an environment that the file of flags is not of',
      /^unleash:\n.*\n.*\n/.exec(GOOD)?.[0] ?? '',
      'flagd: { file: flags.json, environment: staging }\n',
      /^\d+: behaviours\.0\.environments\.0: flagd\.file is of the environment "staging", not of "production"$/,
    ],
    [
      'a ladder of one rung',
      `      - '{"baseMs":200,"jitter":"full"}'\n`,
      '',
      /^23: behaviours\.0\.ladder\.0: is the only rung/,
    ],
    [
      'a ladder for kill',
      'mode: act',
      'policy: kill\n    mode: act',
      '23: behaviours.0.ladder: is never stepped down by the policy kill; leave it out',
    ],
    [
      'a ladder for step-down',
      'mode: act',
      'policy: step-down\n    rolloutLadder: [50]\n    mode: act',
      /^24: behaviours\.0\.ladder: is never stepped down by the policy step-down/,
    ],
    [
      'step-down without a ladder of its own',
      'mode: act',
      'policy: step-down\n    mode: act',
      '20: behaviours.0.policy: step-down needs a rolloutLadder',
    ],
    [
      'a ladder of rollouts that no policy takes',
      'mode: act',
      'rolloutLadder: [50, 5]\n    mode: act',
      '20: behaviours.0.rolloutLadder: needs policy: step-down',
    ],
    [
      'an unknown policy',
      'mode: act',
      'policy: off\n    mode: act',
      /^20: behaviours\.0\.policy: Invalid option: expected one of "tune"\|"step-down"\|"kill"/,
    ],
    ['three approvals', 'mode: act', 'approvals: 3\n    mode: act', /^20: behaviours\.0\.approvals: /],
    [
      'approving without a flag server',
      /^unleash:\n[\s\S]*mode: act/.exec(GOOD)?.[0] ?? '',
      /slos:\n[\s\S]*mode: a/.exec(GOOD)?.[0].replace(/a$/, 'approve') ?? '',
      '17: behaviours.0.mode: approve needs a flag server: set unleash.url and unleash.token, or flagd.file',
    ],
  ])('%s', (_, from, to, expected) => {
    const told = refusal(from, to);
    expect(told.startsWith('hinge.yaml:')).toBe(true);
    if (typeof expected === 'string') expect(told.slice('hinge.yaml:'.length)).toBe(expected);
    else expect(told.slice('hinge.yaml:'.length)).toMatch(expected);
  });
});

it.each([
  ['a percentage that is none', '[101]', /^hinge\.yaml:21: behaviours\.0\.rolloutLadder\.0: Too big/],
  ['a share of one', '[0.5]', /^hinge\.yaml:21: behaviours\.0\.rolloutLadder\.0: Invalid input: expected int/],
  [
    'a rollout that does not fall',
    '[50, 50]',
    /^hinge\.yaml:21: behaviours\.0\.rolloutLadder\.1: must be lower than the rung before it$/,
  ],
  ['one that falls', '[50, 25, 5]', /^accepted$/],
])('a ladder of rollouts: %s', (_, rungs, expected) => {
  const bare = GOOD.replace(/ {4}ladder:\n[\s\S]*(?= {4}burn:)/, '');
  const text = bare.replace('mode: act', `policy: step-down\n    rolloutLadder: ${rungs}\n    mode: act`);
  expect(refusalOf(() => fromText(text))).toMatch(expected);
});

it.each([
  ['a ladder, tune', GOOD, 'tune'],
  ['no ladder, kill', GOOD.replace(/ {4}ladder:\n[\s\S]*(?= {4}burn:)/, ''), 'kill'],
])('where no policy is named, it is, with %s', (_, text, policy) => {
  expect(behavioursOf(fromText(text))[0]?.policy).toBe(policy);
});

describe('no match is not all', () => {
  const spots = [
    'service: checkout\n    flag',
    'flag: checkout.retry',
    '[production]',
    'endpoint: POST /checkout',
  ] as const;
  const write = (spot: (typeof spots)[number], name: string): string => {
    const said = JSON.stringify(name);
    if (spot === '[production]') return GOOD.replace(spot, () => `[${said}]`);
    if (spot.startsWith('service')) return GOOD.replace(spot, () => `service: ${said}\n    flag`);
    return GOOD.replace(spot, () => `${spot.slice(0, spot.indexOf(':'))}: ${said}`);
  };
  const odd = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('*', '?', ' ', '\t', '.', 'a', '\u00a0', '\u200b', '%'), maxLength: 5 }),
  );

  it('a selector is refused, or selects the one thing that it names', () => {
    fc.assert(
      fc.property(fc.constantFrom(...spots), odd, (spot, name) => {
        const text = write(spot, name);
        let behaviours: ReturnType<typeof behavioursOf> = [];
        let endpoint: string | undefined;
        const told = refusalOf(() => {
          const config = fromText(text);
          behaviours = behavioursOf(config);
          endpoint = config.slos[0]?.endpoint;
        });
        if (told !== 'accepted') {
          expect(told).toMatch(/must name exactly one/);
          return;
        }
        expect(behaviours).toHaveLength(1);
        const [{ service, flag, environment } = { service: '', flag: '', environment: '' }] = behaviours;
        for (const each of [service, flag, environment]) expect(each).toMatch(/^[^\s*?]+$/);
        expect(endpoint).toMatch(/[^\s*?]/);
        expect([service, flag, environment, endpoint]).toContain(name);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what the controller is handed', () => {
  it('is one behaviour for each environment, in milliseconds', () => {
    const behaviours = behavioursOf(fromText(GOOD.replace('[production]', '[production, staging]')));
    expect(behaviours.map(({ environment }) => environment)).toEqual(['production', 'staging']);
    for (const each of behaviours) {
      expect(each).toMatchObject({
        flag: 'checkout.retry',
        cooldownMs: 1_800_000,
        slos: ['fast', 'right'],
        minEvents: 30,
      });
      expect(each.burn).toEqual([{ longMs: 3_600_000, shortMs: 300_000, rate: 14.4 }]);
    }
  });

  it.each([
    { days: 30, rates: [14.4, 6] },
    { days: 28, rates: [13.44, 5.6] },
    { days: 7, rates: [3.36, 1.4] },
  ])('burns by a budget of $days days where it has no rules of its own', ({ days, rates }) => {
    const burn = / {4}burn:\n.*\n.*\n.*\n/.exec(GOOD)?.[0] ?? '';
    const text = GOOD.replace(burn, '').replaceAll(/( +)objective: .*/g, `$&\n$1windowDays: ${days}`);
    const [behaviour] = behavioursOf(fromText(text));
    const told = behaviour?.burn?.map(({ rate }) => Number(rate.toFixed(9)));
    expect(told).toEqual(rates);
  });
});
