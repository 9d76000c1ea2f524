import fc from 'fast-check';
import { expect, it } from 'vitest';
import { areEqual, bytesOf, copyWords, HIGH_BITS, hashOf, viewOf } from '../../collector/columns/words.ts';

const ROOM = 80;
const anyText = fc.uint8Array({ maxLength: 40 });
const anyPlace = fc.nat({ max: ROOM - 40 });

/** The text between other bytes, at any place. */
function laid(text: Uint8Array, at: number, around: number): DataView {
  const bytes = new Uint8Array(ROOM).fill(around);
  bytes.set(text, at);
  return viewOf(bytes);
}

it('copies a text of any length from anywhere to anywhere, and nothing beside it', () => {
  fc.assert(
    fc.property(anyText, anyPlace, anyPlace, (text, from, to) => {
      const target = laid(new Uint8Array(), 0, 7);

      copyWords(laid(text, from, 255), from, from + text.length, target, to);

      expect(target).toEqual(laid(text, to, 7));
    }),
  );
});

it('tells a text that is not ASCII while copying it', () => {
  fc.assert(
    fc.property(anyText, anyPlace, (text, from) => {
      const bits = copyWords(laid(text, from, 255), from, from + text.length, viewOf(new Uint8Array(ROOM)), 0);

      expect((bits & HIGH_BITS) !== 0).toBe(text.some((byte) => byte > 127));
    }),
  );
});

it('takes two texts for equal when each byte is, wherever they stand', () => {
  fc.assert(
    fc.property(anyText, anyPlace, anyPlace, fc.nat(), (text, from, to, changed) => {
      const left = laid(text, from, 1);
      expect(areEqual(left, from, laid(text, to, 2), to, text.length)).toBe(true);

      const other = text.map((byte, index) => (index === changed % text.length ? byte ^ 16 : byte));
      expect(areEqual(left, from, laid(other, to, 1), to, text.length)).toBe(text.length === 0);
    }),
  );
});

it('hashes what a text says, not where it stands', () => {
  fc.assert(
    fc.property(anyText, anyPlace, anyPlace, (text, from, to) => {
      const [left, right] = [laid(text, from, 1), laid(text, to, 2)];

      expect(hashOf(left, from, from + text.length)).toBe(hashOf(right, to, to + text.length));
    }),
  );
});

it.each([
  ['numbered names', (i: number) => `name ${i}`],
  ['paths', (i: number) => `/api/v1/orders/${i % 100}/items/${Math.floor(i / 100)}`],
  ['texts that differ in their upper bits', (i: number) => String.fromCharCode(0x4e00 + i)],
])('spreads %s over a table nearly as chance would', (_, textOf) => {
  const [texts, places] = [10_000, 16_384];
  const taken = new Set<number>();
  for (let i = 0; i < texts; i++) {
    const view = viewOf(Buffer.from(textOf(i)));
    taken.add(hashOf(view, 0, view.byteLength) & (places - 1));
  }
  const byChance = places * (1 - Math.exp(-texts / places));

  expect(taken.size).toBeGreaterThan(0.95 * byChance);
});

it('shows bytes without copying them', () => {
  const view = viewOf(Uint8Array.of(1, 2, 3, 4).subarray(1));
  const shown = bytesOf(view, 1, 3);
  view.setUint8(1, 9);

  expect([...shown]).toEqual([9, 4]);
});
