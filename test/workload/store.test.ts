/** The generator against the store: spans that went through it give the cells and self times that the generator claims. */

import { expect, it } from 'vitest';
import type { Cell, SelfTimeCell } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { plainCell, plainSelfTime } from '../support/plain-cells.ts';
import { insertSpans, T0_MS } from '../support/spans.ts';
import { armData, drawRelease } from '../support/workload/release.ts';
import { toSpanSpec } from '../support/workload/span-specs.ts';
import { spansOf } from '../support/workload/spans.ts';
import { shop } from '../support/workload/system.ts';

const tests = useEngine();

const order = <T extends Cell | SelfTimeCell>(cells: readonly T[]) =>
  cells
    .map((cell) => ({ id: JSON.stringify(cell, Object.keys(cell).sort()), cell }))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ cell }) => cell);

it('spans of retries, failures, third parties and a staggered rollout are sealed into what the generator claims', async () => {
  const { candidate } = drawRelease({
    seed: 4,
    system: shop(),
    changed: ['checkout', 'pricing'],
    faults: [
      { kind: 'errors', service: 'pricing', share: 0.1 },
      {
        kind: 'retries',
        service: 'checkout',
        callee: 'pricing',
        refusals: 0.2,
        strategy: { shape: 'decorrelated-jitter', baseMs: 15, maxAttempts: 4 },
      },
      { kind: 'calls', service: 'checkout', callee: 'inventory', factor: 1.5 },
    ],
    requests: 400,
    slots: 4,
    rollout: { kind: 'staggered' },
    startMs: T0_MS - 240_000,
    gapSlots: 0,
  });
  const expected = armData(candidate);
  const store = await tests.freshStore();
  await insertSpans(
    store,
    spansOf(candidate, 'cafecafe').map((span) => toSpanSpec(span, candidate.startMs)),
  );
  expect(candidate.startMs).toBe(T0_MS);
  const cells = (await store.cells(expected.range)).map(plainCell);
  expect(cells.length).toBeGreaterThan(100);
  expect(order(cells)).toEqual(order(expected.cells));
  expect(order((await store.selfTimes(expected.range)).map(plainSelfTime))).toEqual(order(expected.selfTimes));
});
