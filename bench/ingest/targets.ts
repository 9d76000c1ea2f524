/** What ingest is meant to reach, beside what it reached: medians, hit or missed, and by how much. */

import { spreadOf } from '../support/spread.ts';
import type { Measurement } from './measure.ts';
import { collectorRate, wallRate, wholeRate } from './table.ts';

export type Rounds = Readonly<Record<string, readonly Measurement[]>>;

interface Target {
  readonly title: string;
  readonly limit: number;
  readonly isCeiling?: boolean;
  readonly digits?: number;
  /** NaN where a way that it needs was not measured. */
  readonly value: (median: MedianOf) => number;
}

type MedianOf = (way: string, value: (each: Measurement) => number) => number;

const TARGETS: readonly Target[] = [
  {
    title: 'k spans per CPU-second of the collector, HTTP included',
    limit: 350,
    value: (of) => of('hinge', collectorRate),
  },
  { title: 'k spans per CPU-second of collector and engine', limit: 180, value: (of) => of('hinge', wholeRate) },
  {
    title: 'times the ordinary way, spans per CPU-second of both',
    limit: 6,
    digits: 2,
    value: (of) => of('hinge', wholeRate) / of('ordinary', wholeRate),
  },
  {
    title: 'share of the raw limit, spans per CPU-second of both',
    limit: 0.6,
    digits: 2,
    value: (of) => of('hinge', wholeRate) / of('raw', wholeRate),
  },
  { title: 'MiB at the peak of the collector', limit: 350, isCeiling: true, value: (of) => of('hinge', collectorPeak) },
  {
    title: 'bytes a span on disk, spans table',
    limit: 60,
    isCeiling: true,
    digits: 1,
    value: (of) => of('hinge', (each) => each.tableBytesPerItem),
  },
  {
    title: 'bytes a span on disk, all tables',
    limit: 60,
    isCeiling: true,
    digits: 1,
    value: (of) => of('hinge', (each) => each.bytesPerItem),
  },
  { title: 'k data points per CPU-second of the collector', limit: 1_000, value: (of) => of('metrics', collectorRate) },
];

const collectorPeak = (each: Measurement) => each.receiverPeakMiB;

/** A line for each target that can be judged; and the share of the raw limit's wall rate, which is no target. */
export function judge(rounds: Rounds): string {
  const median: MedianOf = (way, value) => {
    const measured = rounds[way] ?? [];
    return measured.length === 0 ? Number.NaN : spreadOf(measured.map(value)).median;
  };
  const lines = TARGETS.flatMap((target) => line(target, target.value(median)));
  const wall = median('hinge', wallRate) / median('raw', wallRate);
  if (!Number.isNaN(wall)) lines.push(`- no target: ${wall.toFixed(2)} share of the raw limit, spans/s by the wall`);
  return lines.join('\n');
}

function line({ title, limit, isCeiling = false, digits = 0 }: Target, value: number): string[] {
  if (Number.isNaN(value)) return [];
  const isHit = isCeiling ? value <= limit : value >= limit;
  const offPercent = Math.abs(value / limit - 1) * 100;
  const side = value >= limit ? 'above' : 'below';
  const sign = isCeiling ? '<=' : '>=';
  return [
    `- ${isHit ? 'hit' : 'MISSED'}: ${value.toFixed(digits)} ${title}; target ${sign} ${limit}, ${offPercent.toFixed(0)} % ${side} it`,
  ];
}
