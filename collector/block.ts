/** Rows of one table and one UTC day, in columns, while they are gathered: an insert is atomic only within one partition. */

import type { TelemetryTable } from '../model.ts';
import type { Column, Store } from './columns/column.ts';
import { nativeBlock } from './columns/native.ts';

const DAY_NS = 86_400_000_000_000n;
const DAY_MS = 86_400_000;
const LOW_HALF = 0xffffffffn;

/** Lengths of all stores of a block at one moment. */
export type Mark = readonly number[];

export class Block<Columns extends Readonly<Record<string, Column>> = Readonly<Record<string, Column>>> {
  readonly table: TelemetryTable;
  readonly columns: Columns;
  rows = 0;
  /** Days since the epoch. */
  day = -1n;
  private readonly stores: readonly Store[];
  private first = { high: 0, low: 0 };
  private end = { high: 0, low: 0 };

  constructor(table: TelemetryTable, columns: Columns) {
    this.table = table;
    this.columns = columns;
    this.stores = [...new Set(Object.values(columns).flatMap((column) => column.stores))];
  }

  /** UTC day of the rows, `YYYY-MM-DD`. */
  get partition(): string {
    return new Date(Number(this.day) * DAY_MS).toISOString().slice(0, 10);
  }

  /** Bytes that the rows take in memory, dictionaries left out. */
  get byteLength(): number {
    let bytes = 0;
    for (const { length, bytesPerElement } of this.stores) bytes += length * bytesPerElement;
    return bytes;
  }

  /** Empties the block for rows of another day. */
  openDay(day: bigint): void {
    this.day = day;
    this.first = halves(day * DAY_NS);
    this.end = halves((day + 1n) * DAY_NS);
    this.rows = 0;
    for (const column of Object.values(this.columns)) column.reset();
  }

  /** Whether a time in nanoseconds, given by its halves, is of the block's day. */
  holds(low: number, high: number): boolean {
    return !isBefore(low, high, this.first) && isBefore(low, high, this.end);
  }

  bytesSince([, ...lengths]: Mark): number {
    return this.stores.reduce((sum, store, i) => sum + (store.length - (lengths[i] ?? 0)) * store.bytesPerElement, 0);
  }

  mark(): Mark {
    return [this.rows, ...this.stores.map(({ length }) => length)];
  }

  rewind([rows = 0, ...lengths]: Mark): void {
    this.rows = rows;
    for (const [i, store] of this.stores.entries()) store.length = lengths[i] ?? 0;
  }

  /** The rows in format `Native`: views that are valid until the block changes. */
  body(): Uint8Array[] {
    return nativeBlock(this.columns, this.rows);
  }
}

/** The UTC day, counted from the epoch, of a time in nanoseconds. */
export function dayOf(low: number, high: number): bigint {
  return ((BigInt(high) << 32n) | BigInt(low)) / DAY_NS;
}

function halves(ns: bigint): { high: number; low: number } {
  return { high: Number(ns >> 32n), low: Number(ns & LOW_HALF) };
}

function isBefore(low: number, high: number, than: { high: number; low: number }): boolean {
  return high === than.high ? low < than.low : high < than.high;
}
