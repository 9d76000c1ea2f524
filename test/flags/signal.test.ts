/** What regressed, as something to count, and who counts it. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../flags/confirm.ts';
import { type ControlQuestion, gather, type ReadingsSource } from '../../flags/gather.ts';
import { signalOf } from '../../flags/signal.ts';
import type { FlagState } from '../../flags/state.ts';
import type { Finding, Slo } from '../../model.ts';
import { quiet } from '../support/unleash.ts';
import { controlReading, finding, NOW, policy, readings, SLO, upgrade } from './fixtures.ts';
import { changed, state } from './phases/table.ts';
import { createTelemetry } from './scene.ts';

const about = { service: 'checkout', endpoint: 'POST /pay' };
const P99: Slo = {
  ...about,
  name: 'calls of POST /pay over 100 ms',
  indicator: 'latency',
  thresholdMs: 100,
  objective: 0.99,
};

it.each<[string, Partial<Finding>, Slo | null]>([
  ['latency: calls over the quantile of before', {}, P99],
  ['p50: half of them', { signal: 'latency.p50' }, { ...P99, objective: 0.5 }],
  [
    'errors',
    { signal: 'errors', baseline: 0.01 },
    { ...about, name: 'errors of POST /pay', indicator: 'errors', objective: 0.99 },
  ],
  [
    'retries: attempts of a call',
    { signal: 'retries', kind: 'CLIENT', baseline: 1.25 },
    { ...about, name: 'retries of POST /pay', indicator: 'retries', objective: 0.8 },
  ],
  ['latency of calls that are made', { kind: 'CLIENT' }, null],
  ['errors of calls that are made', { signal: 'errors', kind: 'CLIENT' }, null],
  ['calls per request', { signal: 'calls', kind: 'CLIENT' }, null],
  ['a metric', { signal: 'metric:queue' }, null],
  ['without a baseline', { baseline: null }, null],
])('%s', (_, given, expected) => {
  expect(signalOf(finding(given))).toEqual(expected);
});

it('is kept with the breach that a finding was the ground of', () => {
  const evidence = upgrade({ findings: [finding({ signal: 'errors' }), finding()] });
  expect(judge(readings({ evidence }), NOW, policy())).toMatchObject({ breach: { signal: { indicator: 'errors' } } });
});

describe('a look', () => {
  const breach = { atMs: NOW, slo: null, badShare: null, because: 'p99', signal: P99 };
  const look = async (from: FlagState) => {
    const asked: ControlQuestion[] = [];
    const source: ReadingsSource = {
      ...createTelemetry().source,
      control: async (question) => {
        asked.push(question);
        return controlReading('build', 0.001, 0.001);
      },
    };
    const environment = { changes: 0, breaching: 0 };
    const rest = { policy: policy(), port: null, nowMs: NOW, held: false, environment, log: quiet };
    const { slos } = await gather({ ...rest, state: from, source });
    return { asked: asked.map(({ slo }) => slo.name), slos };
  };
  const verifying = state('VERIFY_RECOVERY', { ...changed, breach, clearMs: NOW - 20_000 });

  it('counts it beside its control while recovery is watched', async () => {
    const { asked, slos } = await look(verifying);
    expect(asked).toEqual([SLO.name, P99.name]);
    expect(slos.at(-1)).toMatchObject({ slo: P99.name, isSignal: true, rules: [], recovery: { total: 1_000 } });
  });

  it.each<[string, FlagState]>([
    ['before the change took effect', { ...verifying, clearMs: null }],
    ['when recovery is proved', { ...verifying, phase: 'HOLD' }],
    [
      'where a budget burned',
      { ...verifying, breach: { ...breach, signal: undefined } as unknown as FlagState['breach'] },
    ],
  ])('does not count it %s', async (_, from) => {
    expect((await look(from)).slos.map(({ slo }) => slo)).toEqual([SLO.name]);
  });
});
