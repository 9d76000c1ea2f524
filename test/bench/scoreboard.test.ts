/** The lines of the scoreboard: intervals that are right, targets read the right way round. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meets, type Row, shareRow } from '../../bench/accuracy/row.ts';
import { lineOf } from '../../bench/accuracy/table.ts';
import { wilson } from '../../rehearse/wilson.ts';

describe("Wilson's interval", () => {
  // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (hits, n, low, high) => {
    expect(wilson(hits, n)?.map((end) => end.toFixed(4))).toEqual([low.toFixed(4), high.toFixed(4)]);
  });

  it('holds the share, within 0 to 1', () => {
    fc.assert(
      fc.property(fc.nat({ max: 500 }), fc.nat({ max: 500 }), (hits, misses) => {
        const n = hits + misses;
        const interval = wilson(hits, n);
        if (n === 0) return interval === null;
        const [low, high] = interval ?? [1, 0];
        return low >= 0 && low <= hits / n + 1e-12 && high >= hits / n - 1e-12 && high <= 1;
      }),
    );
  });
});

describe('a line', () => {
  it.each<[string, Row, string, boolean | null]>([
    [
      'a share that keeps its target',
      shareRow('found', 9, 10, { atLeast: 0.9 }, 'others: .5'),
      '| found | 0.900 | 0.596 to 0.982 | 10 | >= 0.900 | yes | others: .5 |',
      true,
    ],
    [
      'too many alarms',
      shareRow('alarms', 1, 10, { atMost: 0.05 }),
      '| alarms | 0.100 | 0.018 to 0.404 | 10 | <= 0.050 | no | - |',
      false,
    ],
    ['no runs', shareRow('nothing', 0, 0, { atMost: 0.05 }), '| nothing | - | - | 0 | <= 0.050 | - | - |', null],
    [
      'another unit',
      { what: 'time', measured: 3.2468, unit: 'min', n: 4, interval: [2, 5], target: { atMost: 6 }, record: '' },
      '| time | 3.25 min | 2 min to 5 min | 4 | <= 6 min | yes | - |',
      true,
    ],
  ])('%s', (_, row, line, kept) => {
    expect(lineOf(row)).toBe(line);
    expect(meets(row)).toBe(kept);
  });
});
