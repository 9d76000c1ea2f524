/** Tables of a Hinge that has run for some days. */

import type { Storage } from '../../store/storage.ts';

const GIB = 2 ** 30;
const NEWEST_MS = Date.UTC(2026, 10, 20, 12);

export function sampleStorage(): Storage {
  const spans = { oldestMs: NEWEST_MS - 10 * 86_400_000, newestMs: NEWEST_MS, madeByHinge: true };
  return {
    tables: [
      {
        ...{ name: 'cells', rows: 1_234_567, bytes: 0.05 * GIB, ...spans },
        ...{ kept: { count: 13, unit: 'month' }, growth: { bytesPerDay: 0.005 * GIB, days: 7 } },
      },
      {
        ...{ name: 'journal', rows: 0, bytes: 0, oldestMs: null, newestMs: null, madeByHinge: true },
        ...{ kept: null, growth: null },
      },
      {
        ...{ name: 'otel_traces', rows: 123_456_789, bytes: 10 * GIB, ...spans },
        ...{ kept: { count: 14, unit: 'day' }, growth: { bytesPerDay: GIB, days: 7 } },
      },
    ],
    disk: { freeBytes: 76 * GIB, totalBytes: 100 * GIB },
  };
}
