/** Memory for request bodies: large enough, handed out once at a time, kept up to a limit. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMemory } from '../../collector/doors/memory.ts';

const MIB = 2 ** 20;

it('is as large as asked for, and never in two hands at once', () => {
  const step = fc.record({ bytes: fc.nat(3 * MIB), givesBack: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const memory = createMemory(4 * MIB);
      const held = new Set<Buffer>();
      for (const { bytes, givesBack } of steps) {
        const buffer = memory.take(bytes);
        expect(buffer.length).toBeGreaterThanOrEqual(bytes);
        expect(held.has(buffer)).toBe(false);
        held.add(buffer);
        if (!givesBack) continue;
        held.delete(buffer);
        memory.give(buffer);
      }
    }),
    { numRuns: 50 },
  );
});

it('is used again for a body of about the same size', () => {
  const memory = createMemory(MIB);
  const first = memory.take(300_000);
  memory.give(first);
  expect(memory.take(310_000)).toBe(first);
  expect(memory.take(310_000)).not.toBe(first);
});

it('is let go when enough is kept', () => {
  const memory = createMemory(MIB);
  const [first, second] = [memory.take(MIB), memory.take(MIB)];
  memory.give(first);
  memory.give(second);
  expect(memory.take(MIB)).toBe(first);
  expect(memory.take(MIB)).not.toBe(second);
});
