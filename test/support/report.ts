/** A report as an upgrade of a shop would give it, and variants: nothing found, inconclusive, many findings, hostile names. */
import type { Action, Finding, Lead, Report, ShiftPoint, Signal, Suspect, Verdict } from '../../model.ts';

const MS = 1e6;
const STARTED = Date.parse('2026-11-20T14:10:00Z');
const MINUTE = 60_000;

/** Standard normal quantile to 4.5e-4 (Abramowitz and Stegun 26.2.23): enough for a sample. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const z =
    t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  return p < 0.5 ? -z : z;
}

/** The shift of a lognormal latency whose slowest calls wait `extraNs` more, from the percentile `from` on. */
export function shiftPoints(o: {
  medianNs: number;
  sigma: number;
  extraNs: number;
  from: number;
}): readonly ShiftPoint[] {
  const grid = [
    ...Array.from({ length: 19 }, (_, i) => (i + 1) * 0.05),
    0.96,
    0.97,
    0.98,
    0.985,
    0.99,
    0.993,
    0.995,
    0.997,
    0.999,
  ];
  return grid.map((p) => {
    const baselineNs = o.medianNs * Math.exp(o.sigma * normalQuantile(p));
    const share = 1 / (1 + ((1 - p) / (1 - o.from)) ** 3);
    const shift = o.extraNs * share;
    const half = 0.012 * baselineNs + 0.06 * Math.abs(shift) + 0.004 * o.medianNs * (1 - p) ** -0.5;
    return { p, baselineNs, candidateNs: baselineNs + shift, lowNs: shift - half, highNs: shift + half };
  });
}

const CHECKOUT_SHIFT = shiftPoints({ medianNs: 96 * MS, sigma: 0.42, extraNs: 720 * MS, from: 0.965 });
const GATEWAY_SHIFT = shiftPoints({ medianNs: 118 * MS, sigma: 0.4, extraNs: 690 * MS, from: 0.9685 });
const FLAT_SHIFT = shiftPoints({ medianNs: 14 * MS, sigma: 0.5, extraNs: 0, from: 0.9 });

/** One finding with everything filled in; what is given wins. */
export function finding(
  given: Partial<Finding> & Pick<Finding, 'service' | 'endpoint' | 'signal' | 'verdict'>,
): Finding {
  return {
    kind: 'SERVER',
    peer: '',
    control: 'concurrent',
    baseline: null,
    candidate: null,
    ratio: null,
    interval: null,
    p: null,
    q: null,
    calls: { baseline: 12_480, candidate: 12_391 },
    instances: { baseline: 3, candidate: 3 },
    minimumDetectable: null,
    confidence: 'high',
    conclusive: given.verdict === 'regressed' || given.verdict === 'improved',
    reason: 'the interval stays inside the tolerance',
    exemplars: { baseline: [], candidate: [] },
    shift: [],
    ...given,
  };
}

interface Measured {
  readonly key: Pick<Finding, 'service' | 'endpoint'> & Partial<Pick<Finding, 'kind' | 'peer'>>;
  readonly signal: Signal;
  readonly verdict: Verdict;
  readonly values: readonly [number, number];
  /** Half width of the 95 % interval, as a part of the ratio. */
  readonly half: number;
  readonly reason: string;
}

function measured(o: Measured, more: Partial<Finding> = {}): Finding {
  const [baseline, candidate] = o.values;
  const ratio = candidate / baseline;
  const sure = o.verdict === 'regressed';
  return finding({
    ...o.key,
    signal: o.signal,
    verdict: o.verdict,
    baseline,
    candidate,
    ratio,
    interval: [ratio * (1 - o.half), ratio * (1 + o.half)],
    p: sure ? 2.1e-6 : 0.41,
    q: sure ? 1.8e-5 : 0.63,
    reason: o.reason,
    ...more,
  });
}

const CHECKOUT = { service: 'checkout', endpoint: 'POST /checkout' };
const GATEWAY = { service: 'gateway', endpoint: 'POST /api/orders' };
const CHARGE = { service: 'checkout', endpoint: 'charge card', kind: 'CLIENT', peer: 'payments' } as const;
const PRICE = { service: 'pricing', endpoint: 'GET /price' };
const STOCK = { service: 'inventory', endpoint: 'POST /reserve' };
const HELD = 'the interval stays inside the tolerance';
const WORSE = 'the whole interval lies beyond the tolerance, in every window';

const SLOW_TRACES = {
  baseline: ['4bf92f3577b34da6a3ce929d0e0e4736', '0af7651916cd43dd8448eb211c80319c'],
  candidate: [
    '7c1d2f8a90b34e5fa6c7d8e9f0a1b2c3',
    '91e6d1c24a7b4f0d8f3e5a6b7c8d9e0f',
    'a3ce929d0e0e47364bf92f3577b34da6',
  ],
};

const SAMPLE_FINDINGS: readonly Finding[] = [
  measured(
    {
      key: CHECKOUT,
      signal: 'latency.p99',
      verdict: 'regressed',
      values: [255 * MS, 959 * MS],
      half: 0.11,
      reason: WORSE,
    },
    { shift: CHECKOUT_SHIFT, exemplars: SLOW_TRACES },
  ),
  measured(
    {
      key: CHARGE,
      signal: 'retries',
      verdict: 'regressed',
      values: [1.021, 1.294],
      half: 0.03,
      reason: 'more attempts for the same calls on every instance',
    },
    { exemplars: { baseline: [], candidate: ['91e6d1c24a7b4f0d8f3e5a6b7c8d9e0f'] } },
  ),
  measured(
    {
      key: GATEWAY,
      signal: 'latency.p99',
      verdict: 'regressed',
      values: [299 * MS, 968 * MS],
      half: 0.12,
      reason: WORSE,
    },
    { shift: GATEWAY_SHIFT },
  ),
  measured({
    key: CHECKOUT,
    signal: 'latency.p95',
    verdict: 'regressed',
    values: [192 * MS, 376 * MS],
    half: 0.08,
    reason: WORSE,
  }),
  measured({
    key: GATEWAY,
    signal: 'latency.p95',
    verdict: 'regressed',
    values: [228 * MS, 366 * MS],
    half: 0.09,
    reason: WORSE,
  }),
  measured(
    {
      key: CHECKOUT,
      signal: 'errors',
      verdict: 'inconclusive',
      values: [0.0021, 0.0027],
      half: 0.6,
      reason: 'too few failures to tell; four times the traffic would do',
    },
    { minimumDetectable: 2.2, confidence: 'low' },
  ),
  measured(
    {
      key: PRICE,
      signal: 'latency.p99',
      verdict: 'inconclusive',
      values: [44.8 * MS, 46 * MS],
      half: 0.16,
      reason: 'the interval reaches beyond the tolerance on both sides',
    },
    { minimumDetectable: 1.18, shift: FLAT_SHIFT },
  ),
  measured({
    key: STOCK,
    signal: 'latency.p95',
    verdict: 'improved',
    values: [38 * MS, 31 * MS],
    half: 0.06,
    reason: 'the whole interval lies below the tolerance',
  }),
  ...(
    [
      [CHECKOUT, 96],
      [GATEWAY, 118],
      [PRICE, 14],
      [STOCK, 22],
    ] as const
  ).map(([key, medianMs]) =>
    measured({
      key,
      signal: 'latency.p50',
      verdict: 'unchanged',
      values: [medianMs * MS, (medianMs + 0.2) * MS],
      half: 0.02,
      reason: HELD,
    }),
  ),
  ...[GATEWAY, PRICE, STOCK].map((key) =>
    measured({ key, signal: 'errors', verdict: 'unchanged', values: [0.002, 0.002], half: 0.04, reason: HELD }),
  ),
];

const SUSPECTS: readonly Suspect[] = [
  {
    rank: 1,
    service: 'checkout',
    from: '2.13.4',
    to: '2.14.0',
    changed: true,
    share: 0.91,
    interval: [0.83, 0.97],
    evidence: [
      'self time per request at p99 rose from 61.0 ms to 768 ms, on all 3 instances',
      'attempts per charge rose from 1.021 to 1.294 while payments answered as fast as before',
      'the shift began at each instance in the minute in which it was upgraded',
    ],
  },
  {
    rank: 2,
    service: 'pricing',
    from: '1.8.0',
    to: '1.8.1',
    changed: true,
    share: 0.02,
    interval: [0, 0.06],
    evidence: ['self time per request did not move (+0.4 %, interval −1.1 % to +1.9 %)'],
  },
  {
    rank: 3,
    service: 'payments',
    from: '',
    to: '',
    changed: false,
    share: null,
    interval: null,
    evidence: ['answers 429 more often, which the extra attempts of checkout explain'],
  },
];

function action(minutes: number, state: Action['state'], text: string): Action {
  return { atMs: STARTED + minutes * MINUTE, flag: 'checkout.retry-strategy', environment: 'production', state, text };
}

const ACTIONS: readonly Action[] = [
  action(
    11,
    'CONFIRMED',
    'burn rate of checkout-latency 21.4 over 1 h and 26.0 over 5 min, limit 14.4; checkout is the first suspect',
  ),
  action(11.1, 'KILL', 'turned checkout.retry-strategy off: no step of the ladder was left'),
  action(11.15, 'VERIFY_PUBLISHED', 'Unleash published event 4711 after 0.6 s'),
  action(11.2, 'VERIFY_RECOVERY', '3 of 3 instances report the variant disabled'),
  action(13.4, 'HOLD', 'recovery proved: p99 of POST /checkout from 959 ms back to 258 ms in 132 s'),
];

/** A backoff change made the tail of the checkout worse; its flag was turned off and the tail came back. */
export function sampleReport(): Report {
  return {
    schema: 'hinge.report/1',
    title: 'dten-7.2',
    verdict: 'regressed',
    conclusion: 'BINARY',
    control: 'concurrent',
    headline:
      'checkout 2.14.0 made POST /checkout 3.8 times as slow at p99 (255 ms → 959 ms) and retries 27 % more often; turned off, it recovered.',
    windows: {
      baseline: { startMs: STARTED - 60 * MINUTE, endMs: STARTED },
      candidate: { startMs: STARTED + 2 * MINUTE, endMs: STARTED + 11 * MINUTE },
    },
    findings: SAMPLE_FINDINGS,
    suspects: SUSPECTS,
    leads: [],
    actions: ACTIONS,
    health: {
      calls: { baseline: 86_402, candidate: 12_391 },
      slots: { baseline: 60, candidate: 9 },
      services: 4,
      endpoints: 5,
      expectedFalseFlags: 0.25,
      notes: [
        'The first 2 minutes after each instance started were left out (warm-up).',
        'payments sends no telemetry: its part is seen through the calls of checkout.',
      ],
    },
  };
}

/** The same traffic with nothing wrong: no suspects, no actions. */
export function quietReport(): Report {
  const findings = SAMPLE_FINDINGS.map((f) => ({
    ...f,
    verdict: 'unchanged' as const,
    candidate: f.baseline,
    ratio: 1,
    interval: [0.98, 1.02] as const,
    reason: HELD,
    shift: f.shift.length > 0 ? FLAT_SHIFT : [],
  }));
  return {
    ...sampleReport(),
    title: 'dten-7.3',
    verdict: 'unchanged',
    conclusion: 'NONE',
    headline: 'Nothing got worse: 15 tests on 5 endpoints, all inside the tolerance.',
    findings,
    suspects: [],
    actions: [],
  };
}

const LEADS: readonly Lead[] = [
  {
    ...{
      rank: 1,
      service: 'checkout',
      from: '2.13.4',
      to: '2.14.0',
      changed: true,
      p: 0.004,
      tests: 120,
      chance: 0.38,
    },
    evidence: ['checkout (own time, in POST /checkout): p50 from 61 ms to 74 ms (+21.3 %, p = 0.004)'],
  },
  {
    ...{ rank: 2, service: 'payments', from: '', to: '', changed: false, p: 0.03, tests: 120, chance: 0.97 },
    evidence: ['checkout charge card to payments: p95 from 38 ms to 52 ms (+36.8 %, p = 0.03)'],
  },
];

/** Too little data to say anything but where to look first. */
export function inconclusiveReport(): Report {
  const thin = finding({
    ...CHECKOUT,
    signal: 'latency.p99',
    verdict: 'inconclusive',
    control: 'before-after',
    confidence: 'low',
    calls: { baseline: 41, candidate: 12 },
    instances: { baseline: 1, candidate: 1 },
    reason: '12 calls after the upgrade; 3,000 are needed to see +20 %',
  });
  const base = sampleReport();
  return {
    ...base,
    title: 'dten-7.4',
    verdict: 'inconclusive',
    conclusion: 'NONE',
    control: 'before-after',
    headline: 'Cannot tell yet: 12 calls after the upgrade.',
    findings: [thin],
    suspects: [],
    leads: LEADS,
    actions: [],
    health: {
      ...base.health,
      calls: { baseline: 41, candidate: 12 },
      slots: { baseline: 3, candidate: 1 },
      services: 1,
      endpoints: 1,
      expectedFalseFlags: 0,
    },
  };
}

/** `endpoints` regressed endpoints with a chart each. */
export function crowdedReport(endpoints: number): Report {
  const findings = Array.from({ length: endpoints }, (_, i) =>
    measured(
      {
        key: { service: `service-${i % 9}`, endpoint: `GET /resource-${i}/{id}` },
        signal: 'latency.p99',
        verdict: 'regressed',
        values: [80 * MS, (120 + i) * MS],
        half: 0.1,
        reason: WORSE,
      },
      { shift: CHECKOUT_SHIFT },
    ),
  );
  return { ...sampleReport(), findings };
}

/** Every name and text of the report is `text`. */
export function hostileReport(text: string): Report {
  const base = sampleReport();
  const named = {
    service: text,
    endpoint: text,
    peer: text,
    reason: text,
    exemplars: { baseline: [text], candidate: [text] },
  };
  return {
    ...base,
    title: text,
    headline: text,
    findings: base.findings.map((f) => ({
      ...f,
      ...named,
      signal: f.signal === 'retries' ? (`metric:${text}` as const) : f.signal,
    })),
    suspects: base.suspects.map((s) => ({ ...s, service: text, from: text, to: text, evidence: [text] })),
    leads: LEADS.map((lead) => ({ ...lead, service: text, from: text, to: text, evidence: [text] })),
    actions: base.actions.map((a) => ({ ...a, flag: text, environment: text, text })),
    health: { ...base.health, notes: [text] },
  };
}

/** Texts that try to run, to break out of an attribute, a tag, a table or a terminal line, or to look like something else. */
export const HOSTILE_TEXTS = [
  '<script>globalThis.pwned=1</script>',
  '"><img src=x onerror="globalThis.pwned=1">',
  "' onmouseover='globalThis.pwned=1",
  '</title></desc></svg><script>globalThis.pwned=1</script>',
  '</style><script>globalThis.pwned=1</script>',
  '<svg/onload=globalThis.pwned=1>',
  'javascript:globalThis.pwned=1',
  '&lt;script&gt;globalThis.pwned=1&lt;/script&gt;',
  '<!--><script>globalThis.pwned=1</script-->',
  ']]><script>globalThis.pwned=1</script>',
  '{{constructor.constructor("globalThis.pwned=1")()}}',
  '\u202egnp.exe\u202c',
  '\u001b[2J\u001b]0;owned\u0007',
  'one\ntwo\r\nthree\u2028four',
  '| a | b |\n|---|---|',
  '`code` **bold** [link](https://example.invalid) ![image](https://example.invalid/x.png) @everyone',
  '\ud800 lone surrogate \u0000 nul',
  '名前 שלום 🙂',
  '',
] as const;
