import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, percentile, shorten, signedDuration } from '../../dashboards/charts/format.ts';

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [1, '1.00 ns'],
    [812, '812 ns'],
    [85_400, '85.4 µs'],
    [999_499, '999 µs'],
    [999_600, '1.00 ms'],
    [4_120_000, '4.12 ms'],
    [412_400_000, '412 ms'],
    [999_600_000, '1.00 s'],
    [1_318_000_000, '1.32 s'],
    [59_940_000_000, '59.9 s'],
    [59_960_000_000, '1 min 00 s'],
    [125e9, '2 min 05 s'],
    [3_725e9, '1 h 02 min'],
    [-3_200_000, '−3.20 ms'],
  ])('%d ns is %s', (ns, text) => {
    expect(duration(ns)).toBe(text);
  });

  it('never misleads by more than half a per cent under a minute', () => {
    const units: Record<string, number> = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 };
    fc.assert(
      fc.property(fc.double({ min: 1, max: 5.9e10, noNaN: true }), (ns) => {
        const [number, unit] = duration(ns).split(' ');
        const said = Number(number) * (units[unit ?? ''] ?? Number.NaN);
        expect(Math.abs(said / ns - 1)).toBeLessThanOrEqual(0.005);
      }),
    );
  });

  it.each([
    [91_000_000, '+91.0 ms'],
    [-3_000_000, '−3.00 ms'],
    [0, '0 ms'],
    [0.2, '0 ms'],
  ])('signed, %d ns is %s', (ns, text) => {
    expect(signedDuration(ns)).toBe(text);
  });
});

it.each([
  [0.5, 'p50'],
  [0.99, 'p99'],
  [0.999, 'p99.9'],
  [0.985, 'p98.5'],
  [0.05, 'p5'],
])('percentile %d is %s', (p, text) => {
  expect(percentile(p)).toBe(text);
});

describe('shorten', () => {
  it.each([
    ['short', 8, 'short'],
    ['sha256:0123456789abcdef', 9, 'sha2…cdef'],
    ['🙂🙂🙂🙂', 3, '🙂…🙂'],
  ])('%s to %d is %s', (name, length, text) => {
    expect(shorten(name, length)).toBe(text);
  });

  it('keeps to the length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (name, length) => {
        expect(Array.from(shorten(name, length)).length).toBeLessThanOrEqual(length);
      }),
    );
  });
});
