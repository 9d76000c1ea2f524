/** The measurements as one Markdown table: a row for each way, median and range over its rounds. */

import { spreadText } from '../support/spread.ts';
import type { Measurement } from './measure.ts';

export interface Row {
  readonly title: string;
  readonly rounds: readonly Measurement[];
}

interface Column {
  readonly title: string;
  readonly value: (measurement: Measurement) => number;
  readonly digits: number;
  /** Says nothing where no collector was in the way. */
  readonly isCollectors?: boolean;
}

/** Thousands of items for a second. */
const thousandsPer = (items: number, seconds: number) => items / 1_000 / seconds;
const perMillion = (seconds: number, items: number) => (seconds / items) * 1e6;

export const wallRate = (each: Measurement) => thousandsPer(each.items, each.wallSeconds);
export const collectorRate = (each: Measurement) => thousandsPer(each.items, each.receiverCpuSeconds);
export const wholeRate = (each: Measurement) =>
  thousandsPer(each.items, each.receiverCpuSeconds + each.engineCpuSeconds);

const COLUMNS: readonly Column[] = [
  { title: 'k/s, wall', value: wallRate, digits: 0 },
  {
    title: 'collector CPU s/M',
    value: (each) => perMillion(each.receiverCpuSeconds, each.items),
    digits: 2,
    isCollectors: true,
  },
  { title: 'engine CPU s/M', value: (each) => perMillion(each.engineCpuSeconds, each.items), digits: 2 },
  { title: 'k per collector CPU-s', value: collectorRate, digits: 0, isCollectors: true },
  { title: 'k per CPU-s of both', value: wholeRate, digits: 0 },
  { title: 'merges after, CPU s/M', value: (each) => perMillion(each.mergeCpuSeconds, each.items), digits: 2 },
  { title: 'collector peak MiB', value: (each) => each.receiverPeakMiB, digits: 0, isCollectors: true },
  { title: 'engine peak MiB', value: (each) => each.enginePeakMiB, digits: 0 },
  { title: 'disk B, own tables', value: (each) => each.tableBytesPerItem, digits: 1 },
  { title: 'disk B, all', value: (each) => each.bytesPerItem, digits: 1 },
  { title: 'disk B, all, before merges', value: (each) => each.bytesPerItemBeforeMerges, digits: 1 },
  { title: 'sender CPU s/M, not counted', value: (each) => perMillion(each.senderCpuSeconds, each.items), digits: 2 },
  { title: 'cores busy with other work', value: (each) => each.otherCores, digits: 2 },
  { title: 'ack p50 ms', value: (each) => each.ackP50Ms, digits: 0 },
  { title: 'ack p99 ms', value: (each) => each.ackP99Ms, digits: 0 },
];

export function tableOf(rows: readonly Row[]): string {
  const head = ['way', ...COLUMNS.map(({ title }) => title)];
  const lines = rows.map(({ title, rounds }) => [title, ...COLUMNS.map((column) => cell(column, rounds))]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell({ value, digits, isCollectors = false }: Column, rounds: readonly Measurement[]): string {
  const hasCollector = rounds.some((each) => each.receiverPeakMiB > 0);
  return isCollectors && !hasCollector ? '-' : spreadText(rounds.map(value), digits);
}
