/** The scoreboard as a Markdown table. */

import { meets, type Row, type Target } from './row.ts';

export const TABLE_HEAD = [
  '| what | measured | 95 % interval | of | target | kept | record |',
  '|---|---|---|---|---|---|---|',
];

export function lineOf(row: Row): string {
  const { what, measured, n, interval, target, unit, record } = row;
  const cells = [
    what,
    measured === null ? '-' : inUnit(measured, unit),
    interval === null ? '-' : `${inUnit(interval[0], unit)} to ${inUnit(interval[1], unit)}`,
    String(n),
    target === null ? '-' : targetOf(target, unit),
    keptOf(meets(row)),
    record === '' ? '-' : record,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Shares with three digits after the point, else three that count. */
function inUnit(value: number, unit: string | undefined): string {
  return unit === undefined ? value.toFixed(3) : `${Number(value.toPrecision(3))} ${unit}`;
}

function targetOf(target: Target, unit: string | undefined): string {
  return 'atLeast' in target ? `>= ${inUnit(target.atLeast, unit)}` : `<= ${inUnit(target.atMost, unit)}`;
}

function keptOf(kept: boolean | null): string {
  if (kept === null) return '-';
  return kept ? 'yes' : 'no';
}
