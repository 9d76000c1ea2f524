/** Which traces show a signal. */

import { describe, expect, it } from 'vitest';
import type { EndpointKey, Signal } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, T0_MS, traceId } from '../support/spans.ts';
import { range, SPANS, served } from './web-spans.ts';

const tests = useEngine();
const web: EndpointKey = { service: 'web', endpoint: 'GET /', kind: 'SERVER', peer: '' };
const cart: EndpointKey = { service: 'web', endpoint: 'GET', kind: 'CLIENT', peer: 'cart' };

describe('the exemplars of a signal', () => {
  const cases: readonly [string, EndpointKey, Signal, string[]][] = [
    ['latency: the slowest that did not fail', web, 'latency.p99', ['slow', 'new', 'fast']],
    ['errors: what failed', web, 'errors', ['failed']],
    ['retries: what was sent again', cart, 'retries', ['fast']],
    ['of another peer: none', { ...cart, peer: 'ads' }, 'latency.p99', []],
  ];
  const about = cases.map(([, key, signal]) => ({ key, signal }));

  it('are the traces that show it best, all in one read', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [...SPANS, ...SPANS.slice(0, 2)]);
    const found = await store.exemplars({ about, range, limit: 10 });
    expect(cases.map(([name], index) => [name, found[index]])).toEqual(
      cases.map(([name, , , traces]) => [name, traces.map(traceId)]),
    );
  });

  it('are as many as asked for, of the range asked for, and none when nothing is asked', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, SPANS);
    const slowest = [{ key: web, signal: 'latency.p99' as const }];
    expect(await store.exemplars({ about: slowest, range, limit: 1 })).toEqual([[traceId('slow')]]);
    const earlier = { startMs: T0_MS - 1, endMs: T0_MS };
    expect(await store.exemplars({ about: slowest, range: earlier, limit: 10 })).toEqual([[traceId('old')]]);
    expect(await store.exemplars({ about: [], range, limit: 10 })).toEqual([]);
  });

  it('take names as values, not as SQL', async () => {
    const store = await tests.freshStore();
    const name = `x' OR 1=1 -- {limit:UInt32} \\ \n"`;
    await insertSpans(store, [served('odd', 1, { service: name, name: 'op' })]);
    const key = { service: name, endpoint: 'op', kind: 'SERVER', peer: '' } as const;
    const ask = (service: string) =>
      store.exemplars({ about: [{ key: { ...key, service }, signal: 'latency.p99' }], range, limit: 5 });
    expect(await ask(name)).toEqual([[traceId('odd')]]);
    expect(await ask(`y' OR '1'='1`)).toEqual([[]]);
  });
});
