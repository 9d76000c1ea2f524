/** OpenSLO v1: what Hinge can measure is read, everything else is refused by name, with the line and the reason. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { behavioursOf } from '../../commands/serve/behaviours.ts';
import { fromText, refusalOf, write } from './refusals.ts';

const ERRORS = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-right
  displayName: Checkout is right
  labels: { team: [shop] }
  annotations:
    hinge.dev/endpoint: POST /checkout
spec:
  description: orders go through
  service: checkout
  indicator:
    metadata:
      name: checkout-errors
      annotations:
        hinge.dev/indicator: errors
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec: { query: 'sum(http_requests_total{code=~"5.."})' }
        total:
          metricSource:
            type: Prometheus
            spec: { query: sum(http_requests_total) }
  timeWindow:
    - duration: 4w
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: most
      targetPercent: 99.9
`;

const LATENCY = `apiVersion: openslo/v1
kind: SLI
metadata:
  name: checkout-latency
spec:
  thresholdMetric:
    metricSource:
      type: hinge
      spec:
        endpoint: POST /checkout
        unit: s
---
apiVersion: openslo/v1
kind: Service
metadata:
  name: shop
  annotations: { hinge.dev/service: checkout }
spec: { description: the shop }
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-fast
spec:
  service: shop
  indicatorRef: checkout-latency
  budgetingMethod: Occurrences
  objectives:
    - op: lte
      value: 0.3
      target: 0.99
`;

const read = (...texts: readonly string[]) => {
  const files = texts.map((text, index) => {
    write(`slo-${index}.yaml`, text);
    return `slo-${index}.yaml`;
  });
  return fromText(`openslo: [${files.join(', ')}]`).slos;
};

const refusal = (text: string, from: string | RegExp, to: string): string => {
  const changed = text.replace(from, () => to);
  if (changed === text) throw new Error(`the good document has no ${from}`);
  return refusalOf(() => read(changed)).replace(/^slo-0\.yaml:/, '');
};

describe('is read', () => {
  it('a ratio of errors, whatever tool its queries are for', () => {
    expect(read(ERRORS)).toEqual([
      {
        name: 'checkout-right',
        service: 'checkout',
        endpoint: 'POST /checkout',
        indicator: 'errors',
        objective: 0.999,
        windowDays: 28,
      },
    ]);
  });

  it('a threshold of latency, with an SLI and a service of their own, in another file', () => {
    const expected = {
      name: 'checkout-fast',
      service: 'checkout',
      endpoint: 'POST /checkout',
      indicator: 'latency',
      thresholdMs: 300,
      objective: 0.99,
      windowDays: 30,
    };
    expect(read(LATENCY)).toEqual([expected]);
    const [sli = '', service = '', slo = ''] = LATENCY.split('---\n');
    expect(read(`${slo}---\n${service}`, `---\n${sli}---\n`)).toEqual([expected]);
  });

  it.each([
    ['ns', 3e8],
    ['us', 300_000],
    ['ms', 300],
    ['s', 0.3],
  ])('a threshold in %s', (unit, value) => {
    const [slo] = read(LATENCY.replace('unit: s', `unit: ${unit}`).replace('value: 0.3', `value: ${value}`));
    expect(slo?.thresholdMs).toBe(300);
  });

  it('several objectives of a ratio, each an SLO; calls that are fast as a ratio', () => {
    const text = ERRORS.replace('indicator: errors', 'indicator: latency\n        hinge.dev/threshold-ms: "250"')
      .replace('bad:', 'good:')
      .concat('    - displayName: nearly all\n      target: 0.9999\n');
    expect(read(text).map(({ name, thresholdMs, objective }) => [name, thresholdMs, objective])).toEqual([
      ['checkout-right/most', 250, 0.999],
      ['checkout-right/nearly all', 250, 0.9999],
    ]);
  });

  it('alert policies that are declared to be for others', () => {
    const text = ERRORS.replace(
      '    hinge.dev/endpoint',
      '    hinge.dev/ignore: alertPolicies\n    hinge.dev/endpoint',
    );
    expect(read(`${text}  alertPolicies: [{ alertPolicyRef: fast-burn }]\n`)).toHaveLength(1);
  });

  it('beside SLOs of hinge.yaml, for behaviours to guard, whose rules follow the window', () => {
    write('both.yaml', ERRORS);
    const config = fromText(`openslo: [both.yaml]
slos: [{ name: fast, service: checkout, indicator: latency, thresholdMs: 300, objective: 0.99, windowDays: 7 }]
behaviours: [{ name: b, service: checkout, flag: f, environments: [e], slos: [checkout-right] }]
`);
    expect(config.slos.map(({ name }) => name)).toEqual(['fast', 'checkout-right']);
    expect(behavioursOf(config)[0]?.burn?.map(({ rate }) => Number(rate.toFixed(9)))).toEqual([13.44, 5.6]);
  });
});

describe('is refused by name, with line and reason:', () => {
  it.each([
    ['another version', 'openslo/v1', 'openslo/v1alpha', '1: apiVersion: must be openslo/v1, not "openslo/v1alpha"'],
    [
      'an unknown kind',
      'kind: SLO',
      'kind: SLOs',
      '2: kind: SLOs "checkout-right" is no kind of OpenSLO; did you mean SLO?',
    ],
    [
      'a data source',
      'kind: SLO',
      'kind: DataSource',
      '2: kind: DataSource "checkout-right" is not read: Hinge measures spans by itself; keep it in a file that openslo does not name',
    ],
    [
      'an alert policy',
      'kind: SLO',
      'kind: AlertPolicy',
      /^2: kind: AlertPolicy "checkout-right" is not read: Hinge acts by burn/,
    ],
    [
      'an unknown key',
      'budgetingMethod',
      'budgetMethod',
      '31: unknown key spec.budgetMethod; did you mean budgetingMethod?',
    ],
    [
      'an unknown annotation',
      'hinge.dev/endpoint',
      'hinge.dev/endpont',
      '8: metadata.annotations.hinge.dev/endpont: is no annotation of Hinge; did you mean hinge.dev/endpoint? (SLO "checkout-right")',
    ],
    [
      'an endpoint that means all',
      'POST /checkout',
      '"*"',
      /^8: metadata\.annotations\.hinge\.dev\/endpoint: must name exactly one/,
    ],
    [
      'a service that means all',
      'service: checkout',
      'service: "*"',
      /^11: spec\.service: service: must name exactly one.*\(SLO "checkout-right"\)$/,
    ],
    [
      'a query whose meaning nobody said',
      '      annotations:\n        hinge.dev/indicator: errors\n',
      '',
      /^19: spec\.indicator\.spec\.ratioMetric\.bad\.metricSource: is a query of Prometheus, and Hinge measures spans: say what it stands for with the annotation hinge\.dev\/indicator: .*\(SLO "checkout-right"\)$/,
    ],
    [
      'an indicator that Hinge does not have',
      'indicator: errors',
      'indicator: saturation',
      /^16: spec\.indicator\.metadata\.annotations\.hinge\.dev\/indicator: Invalid option: expected one of "latency"\|"errors"\|"retries"/,
    ],
    [
      'calls that are fast, without saying how fast',
      'indicator: errors',
      'indicator: latency',
      /^18: spec\.indicator\.spec\.ratioMetric: counts calls that are fast: say how fast/,
    ],
    [
      'a threshold of errors',
      'indicator: errors',
      'indicator: errors\n        hinge.dev/threshold-ms: "1"',
      /^19: .*ratioMetric: of errors has no threshold/,
    ],
    [
      'a ratio without a total',
      '        total:',
      '        good:',
      /^18: spec\.indicator\.spec\.ratioMetric: needs total, and either good or bad/,
    ],
    [
      'a ratio made elsewhere',
      '        bad:',
      '        rawType: failure\n        raw:',
      /^21: spec\.indicator\.spec\.ratioMetric\.raw: is a ratio made elsewhere/,
    ],
    [
      'a window by the calendar',
      'isRolling: true',
      'calendar: { startTime: 2026-01-01 00:00:00, timeZone: UTC }',
      /^29: spec\.timeWindow\.0: must be rolling/,
    ],
    [
      'a window that may be of any kind',
      'isRolling: true',
      'isRolling: false',
      /^29: spec\.timeWindow\.0: must be rolling/,
    ],
    [
      'a window of a month',
      '4w',
      '1M',
      /^29: spec\.timeWindow\.0\.duration: must be 1 to 366 days, in m, h, d or w, as 28d or 4w/,
    ],
    ['a window of an hour', '4w', '1h', /^29: spec\.timeWindow\.0\.duration: must be 1 to 366 days/],
    [
      'slices of time',
      'Occurrences',
      'Timeslices',
      '31: spec.budgetingMethod: must be Occurrences: Hinge counts calls, not slices of time (SLO "checkout-right")',
    ],
    [
      'the share of slices',
      'targetPercent',
      'timeSliceTarget: 0.9\n      targetPercent',
      /^34: spec\.objectives\.0\.timeSliceTarget: is for slices of time/,
    ],
    [
      'a composite',
      'targetPercent',
      'indicatorRef: other\n      targetPercent',
      /^34: spec\.objectives\.0\.indicatorRef: is of a composite SLO/,
    ],
    [
      'alert policies',
      'budgetingMethod',
      'alertPolicies: [{ alertPolicyRef: a }]\n  budgetingMethod',
      /^31: spec\.alertPolicies: are not read: .* hinge\.dev\/ignore: alertPolicies \(SLO "checkout-right"\)$/,
    ],
    [
      'a value for a ratio',
      'targetPercent',
      'value: 1\n      targetPercent',
      /^34: spec\.objectives\.0\.value: is for a thresholdMetric/,
    ],
    [
      'two targets',
      'targetPercent',
      'target: 0.9\n      targetPercent',
      /^33: spec\.objectives\.0: needs either target or targetPercent/,
    ],
    [
      'a target that leaves no budget',
      '99.9',
      '100',
      /^34: spec\.objectives\.0\.targetPercent: must lie between 0 and 100, and be neither/,
    ],
    [
      'a share as a percentage',
      'targetPercent: 99.9',
      'target: 99.9',
      /^34: spec\.objectives\.0\.target: must lie between 0 and 1, and be neither/,
    ],
    [
      'objectives without names',
      '    - displayName: most\n      targetPercent',
      '    - target: 0.5\n    - targetPercent',
      /^33: spec\.objectives\.0: needs a displayName/,
    ],
    [
      'two indicators',
      '  indicator:\n',
      '  indicatorRef: other\n  indicator:\n',
      /^9: spec: needs either indicator or indicatorRef/,
    ],
    ['text that is not YAML', 'openslo/v1', '[', /^\d+: not valid YAML: /],
    [
      'two SLOs of one name',
      /$/,
      `---\n${ERRORS}`,
      '39: metadata.name: there is another SLO "checkout-right" (SLO "checkout-right")',
    ],
  ])('%s', (_, from, to, expected) => {
    const told = refusal(ERRORS, from, to);
    if (typeof expected === 'string') expect(told).toBe(expected);
    else expect(told).toMatch(expected);
  });

  it.each([
    [
      'an SLI that is not there',
      'Ref: checkout-latency',
      'Ref: checkout-latencies',
      '26: spec.indicatorRef: there is no SLI "checkout-latencies"; did you mean checkout-latency? (SLO "checkout-fast")',
    ],
    [
      'a value without a unit',
      '        unit: s\n',
      '',
      /^29: spec\.objectives\.0\.value: has no unit in OpenSLO: .*hinge\.dev\/unit/,
    ],
    [
      'an unknown unit',
      'unit: s',
      'unit: minutes',
      /^11: spec\.thresholdMetric\.metricSource\.spec\.unit: Invalid option.*\(SLI "checkout-latency"\)$/,
    ],
    ['slow calls as good', 'op: lte', 'op: gte', /^29: spec\.objectives\.0\.op: must be lte or lt/],
    ['no value', '      value: 0.3\n', '', /^29: spec\.objectives\.0\.value: is missing/],
    [
      'a value of errors',
      'unit: s',
      'unit: s\n        indicator: errors',
      /^6: spec\.thresholdMetric: holds a value against each call, and Hinge has none of errors \(SLI/,
    ],
    [
      'an unknown word',
      'endpoint: POST',
      'endpont: POST',
      /^10: spec\.thresholdMetric\.metricSource\.spec\.endpont: is no word of a metricSource of Hinge; did you mean endpoint\?/,
    ],
    [
      'two endpoints',
      '  name: checkout-fast',
      '  name: checkout-fast\n  annotations: { hinge.dev/endpoint: GET / }',
      /^10: .*endpoint: says endpoint POST \/checkout, but it is also said to be GET \//,
    ],
    [
      'two SLIs of one name',
      /^/,
      'apiVersion: openslo/v1\nkind: SLI\nmetadata: { name: checkout-latency }\nspec: {}\n---\n',
      /^9: metadata\.name: names a second SLI so/,
    ],
    [
      'an SLI that measures nothing',
      / {2}thresholdMetric:\n[\s\S]*unit: s\n/,
      '  description: none\n',
      '5: spec: needs either thresholdMetric or ratioMetric (SLI "checkout-latency")',
    ],
  ])('%s', (_, from, to, expected) => {
    const told = refusal(LATENCY, from, to);
    if (typeof expected === 'string') expect(told).toBe(expected);
    else expect(told).toMatch(expected);
  });

  it.each([
    [
      'a file that is not there',
      'openslo:\n  - none.yaml\n',
      /^hinge\.yaml:2: openslo\.0: cannot read none\.yaml; the path counts from the folder of hinge\.yaml$/,
    ],
    ['a file without documents', 'openslo: [empty.yaml]', 'empty.yaml: has no OpenSLO document'],
    ['a file twice', 'openslo: [good.yaml, good.yaml]', 'hinge.yaml:1: openslo.1: names good.yaml a second time'],
    [
      'a name that slos has',
      'openslo: [good.yaml]\nslos: [{ name: checkout-right, service: s, indicator: errors, objective: 0.9 }]',
      'good.yaml:4: metadata.name: there is another SLO "checkout-right" (SLO "checkout-right")',
    ],
  ])('%s', (_, text, expected) => {
    write('empty.yaml', '# nothing\n---\n');
    write('good.yaml', ERRORS);
    const told = refusalOf(() => fromText(text));
    if (typeof expected === 'string') expect(told).toBe(expected);
    else expect(told).toMatch(expected);
  });
});

function objectivesIn(text: string): number {
  const values = [...parseAllDocuments(text)].map(
    (each) => each.toJS() as { kind?: string; spec: { objectives: unknown[] } } | null,
  );
  return values.reduce((sum, value) => sum + (value?.kind === 'SLO' ? value.spec.objectives.length : 0), 0);
}

it('whatever becomes of a file, it is read or refused, and never half of it', () => {
  const lines = `${ERRORS}---\n${LATENCY}`.split('\n');
  const words = [
    'null',
    '[]',
    '{}',
    '- x',
    'kind: SLI',
    '---',
    'spec:',
    '  &a b',
    '  *a',
    '__proto__: 1',
    '? k',
    'name: 1e400',
  ];
  const edit = fc.record({
    at: fc.nat(lines.length - 1),
    drop: fc.nat(2),
    line: fc.option(fc.constantFrom(...words, ...lines), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const text = [...lines];
      for (const { at, drop, line } of edits) text.splice(at, drop, ...(line === undefined ? [] : [line]));
      let count = 0;
      const told = refusalOf(() => {
        count = read(text.join('\n')).length;
      });
      if (told !== 'accepted') expect(told).toMatch(/^slo-0\.yaml(:\d+)?: ./);
      else expect(count).toBe(objectivesIn(text.join('\n')));
    }),
    { numRuns: 200 },
  );
});
