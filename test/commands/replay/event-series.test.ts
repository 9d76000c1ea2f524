/** What a replay counts in memory is what the store would have counted, from spans and, within a slot, from cells. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventSeries, eventsOfCells } from '../../../commands/replay/event-series.ts';
import type { Slo, TimeRange } from '../../../model.ts';
import { useEngine } from '../../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../../support/spans.ts';

const engine = useEngine();
const MINUTE_MS = 60_000;
const MINUTES = 5;
const RANGE = { startMs: T0_MS, endMs: T0_MS + MINUTES * MINUTE_MS };

const spans = Array.from(
  { length: 600 },
  (_, call): SpanSpec => ({
    ...{
      trace: `t${call}`,
      span: 'a',
      service: call % 5 === 0 ? 'other' : 'shop',
      name: call % 3 === 0 ? 'GET /' : 'POST /',
    },
    ...{
      startMs: ((call * 7_919) % (MINUTES * 60)) * 1_000 + (call % 900),
      durationMs: 1 + ((call * 37) % 100),
    },
    ...{ status: call % 11 === 0 ? 'Error' : 'Ok' },
  }),
);

const slo = (more: Partial<Slo>): Slo => ({ name: 's', service: 'shop', indicator: 'errors', objective: 0.9, ...more });
const SLOS: readonly (readonly [string, Slo])[] = [
  ['errors', slo({})],
  ['latency', slo({ indicator: 'latency', thresholdMs: 50.5 })],
  ['errors of an endpoint', slo({ endpoint: 'GET /' })],
  ['retries', slo({ indicator: 'retries' })],
];

describe('counts', () => {
  it('of ranges without steps are none, and add up', () => {
    const series = createEventSeries(
      [
        { atMs: 1_000, good: 1, total: 2 },
        { atMs: 5_000, good: 3, total: 3 },
      ],
      1_000,
    );
    expect(series({ startMs: 0, endMs: 1_999 })).toEqual({ good: 0, total: 0 });
    expect(series({ startMs: 0, endMs: 2_000 })).toEqual({ good: 1, total: 2 });
    expect(series({ startMs: 1_000, endMs: 9_000 })).toEqual({ good: 4, total: 5 });
    expect(series({ startMs: 2_000, endMs: 6_000 })).toEqual({ good: 3, total: 3 });
    const cut = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(cut, cut, cut, (...cuts) => {
        const [a = 0, b = 0, c = 0] = cuts.sort((x, y) => x - y);
        const [left, right] = [series({ startMs: a, endMs: b }), series({ startMs: b, endMs: c })];
        const whole = series({ startMs: a, endMs: c });
        expect(left.total + right.total).toBe(whole.total);
      }),
    );
  });

  it.each(SLOS)(
    'of %s are those of the store, from spans by the second and from cells by the slot',
    async (_, each) => {
      const store = await engine.freshStore();
      await insertSpans(store, spans);
      const countsOf = async (range: TimeRange) => (await store.eventCounts(each, [range]))[0];
      if (each.indicator !== 'retries') expect((await countsOf(RANGE))?.total).toBeGreaterThan(100);
      const bySecond = createEventSeries(await store.eventSeries(each, RANGE), 1_000);
      const bySlot = createEventSeries(eventsOfCells(await store.cells(RANGE), each), MINUTE_MS);
      for (const [from, to] of [
        [0, 300],
        [17, 101],
        [60, 120],
        [299, 300],
      ] as const) {
        const range = { startMs: T0_MS + from * 1_000, endMs: T0_MS + to * 1_000 };
        expect(bySecond(range)).toEqual(await countsOf(range));
      }
      for (const [from, to] of [
        [0, 5],
        [1, 2],
        [2, 5],
      ] as const) {
        const range = { startMs: T0_MS + from * MINUTE_MS, endMs: T0_MS + to * MINUTE_MS };
        expect(bySlot(range)).toEqual(await countsOf(range));
      }
    },
  );
});
