/** Findings from metrics of any other kind, and from any input: what regressed is said, what nobody can tell is not. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../analysis/statistics/random.ts';
import type { MetricSeries } from '../../../model.ts';
import { BOUNDS, explicit, exponential, FLEET, found, gauge, levels, sums } from './drawn.ts';
import { durationsOf, normal, seriesOf } from './support.ts';

describe('other metrics, by what they say', () => {
  const noisy = (factor: number) => {
    const random = createRandom(11);
    return levels(8, (arm) => 50 * (1 + 0.1 * normal(random)) * (arm === 1 ? factor : 1));
  };
  it.each([
    { name: 'jvm.cpu.recent_utilization', unit: '1', factor: 1.6, verdict: 'regressed' },
    { name: 'jvm.cpu.recent_utilization', unit: '1', factor: 0.6, verdict: 'improved' },
    { name: 'jvm.cpu.recent_utilization', unit: '1', factor: 1, verdict: 'unchanged' },
    { name: 'db.client.connection.pending_requests', unit: '{request}', factor: 1.6, verdict: 'regressed' },
    { name: 'jvm.gc.pause', unit: 'ms', factor: 1.6, verdict: 'regressed' },
    { name: 'orders.open', unit: '{order}', factor: 1.6, verdict: 'inconclusive' },
    { name: 'process.uptime', unit: 's', factor: 1.6, verdict: 'inconclusive' },
  ])('a gauge: $name times $factor is $verdict', ({ name, unit, factor, verdict }) => {
    const { findings } = found(gauge({ name, unit, attributes: { pool: 'main' } }, noisy(factor)));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ service: 'cart', endpoint: 'pool=main', verdict });
  });

  it('an unknown one that changed says so, raises no suspicion, and one that did not is not listed', () => {
    const [changed] = found(gauge({ name: 'orders.open', unit: '{order}' }, noisy(1.6))).findings;
    expect(changed).toMatchObject({ signal: 'metric:orders.open mean ({order})', q: null, interval: null });
    expect(changed?.reason).toMatch(/^changed: .*from 50\.\d* to 8\d/);
    expect(found(gauge({ name: 'orders.open', unit: '{order}' }, noisy(1))).findings).toEqual([]);
  });

  it('counted errors are set against requests where there are any', () => {
    const random = createRandom(2);
    const calm = levels(8, (arm) => Math.round((arm === 1 ? 6 : 2) + random()));
    const errors = sums({ name: 'checkout.errors', unit: '{error}' }, calm);
    const [perSecond] = found(errors).findings;
    expect(perSecond).toMatchObject({ signal: 'metric:checkout.errors per second', verdict: 'regressed' });
    const served = exponential({ ...FLEET, random: createRandom(5) }, () => 6);
    const perRequest = found([...errors, ...served]).findings.find(({ signal }) => signal.includes('errors'));
    expect(perRequest).toMatchObject({ signal: 'metric:checkout.errors per request', verdict: 'regressed' });
    expect(perRequest?.baseline).toBeCloseTo(2.5 / 60, 2);
  });

  it('none before and a few after are seen, none at all is quiet', () => {
    const few = sums(
      { name: 'app.timeouts', unit: '1' },
      levels(8, (arm, slot) => (arm === 1 && slot % 6 === 5 ? 1 : 0)),
    );
    expect(found(few).findings[0]).toMatchObject({ verdict: 'regressed', baseline: 0, ratio: null });
    const none = sums(
      { name: 'app.timeouts', unit: '1' },
      levels(8, () => 0),
    );
    expect(found(none).findings[0]).toMatchObject({ verdict: 'unchanged', reason: 'zero before and after' });
  });

  it('availability that fell from all to nearly all is a regression', () => {
    const random = createRandom(4);
    const given = levels(8, (arm) => (arm === 1 ? 95 + random() : 100));
    const { findings } = found(gauge({ name: 'availability', unit: '%' }, given));
    expect(findings).toMatchObject([{ signal: 'metric:availability missing', verdict: 'regressed' }]);
  });

  it('summaries are judged by their exact mean, their quantiles as reported, all with low confidence', () => {
    const series = durationsOf({ ...FLEET, factor: 1.5, random: createRandom(9) }).map(({ instance, slots }) =>
      seriesOf(
        { instance },
        {
          kind: 'summary',
          slots: slots.map(({ slotMs, values }) => ({
            slotMs,
            count: values.length,
            sum: values.reduce((a, b) => a + b, 0),
            quantiles: [0.95],
            values: [values.toSorted((a, b) => a - b)[Math.floor(0.95 * values.length)] ?? 0],
          })),
        },
      ),
    );
    const { findings, notes } = found(series);
    expect(findings.map(({ signal, verdict, confidence }) => [signal, verdict, confidence])).toEqual([
      ['metric:http.server.request.duration mean (s)', 'regressed', 'low'],
      ['metric:http.server.request.duration reported p95 (s)', 'regressed', 'low'],
    ]);
    expect(notes[0]).toContain('summaries');
  });
});

describe('the input', () => {
  it('in any order gives the same bytes', () => {
    const series = [
      ...exponential({ ...FLEET, factor: 1.1, random: createRandom(7) }, () => 6),
      ...explicit({ ...FLEET, factor: 1.1, random: createRandom(8) }, () => BOUNDS).map((each) => ({
        ...each,
        service: 'x',
      })),
      ...gauge(
        { name: 'queue.length', unit: '1' },
        levels(8, (arm, slot, i) => 5 + arm + slot / 7 + i / 3),
      ),
    ];
    const random = createRandom(1);
    const shuffled = series.map((each) => ({ each, at: random() })).sort((a, b) => a.at - b.at);
    expect(JSON.stringify(found(shuffled.map(({ each }) => each)))).toBe(JSON.stringify(found(series)));
  });

  it.each<{ what: string; series: readonly MetricSeries[] }>([
    { what: 'nothing', series: [] },
    {
      what: 'one slot of one instance',
      series: gauge(
        { name: 'queue.length', unit: '1' },
        levels(1, () => 1),
      ).slice(0, 1),
    },
    { what: 'one arm only', series: exponential({ ...FLEET, random: createRandom(1) }, () => 6).slice(0, 4) },
    {
      what: 'negative levels',
      series: gauge(
        { name: 'queue.lag', unit: '1' },
        levels(8, (arm, slot) => -3 - arm - slot),
      ),
    },
  ])('$what gives no verdict', ({ series }) => {
    const { findings } = found(series);
    expect(findings.filter(({ verdict }) => verdict !== 'inconclusive')).toEqual([]);
  });
});
