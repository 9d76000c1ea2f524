/** Cells held in a table. */

import type { Cell, EndpointKey, Histogram, SpanKind } from '../model.ts';
import { Row, type RowKind } from './row.ts';
import { type Place, Table } from './table.ts';

export type CellTable = Table<EndpointKey>;

const [CALLS, ERRORS, RETRIES, LOGICAL_CALLS] = [0, 1, 2, 3];
const [DURATIONS, RETRY_GAPS] = [0, 1];

class TableCell extends Row<EndpointKey> implements Cell {
  get service(): string {
    return this.key.service;
  }
  get endpoint(): string {
    return this.key.endpoint;
  }
  get kind(): SpanKind {
    return this.key.kind;
  }
  get peer(): string {
    return this.key.peer;
  }
  get calls(): number {
    return this.count(CALLS);
  }
  get errors(): number {
    return this.count(ERRORS);
  }
  get retries(): number {
    return this.count(RETRIES);
  }
  get logicalCalls(): number {
    return this.count(LOGICAL_CALLS);
  }
  get durations(): Histogram {
    return this.histogram(DURATIONS);
  }
  get retryGaps(): Histogram {
    return this.histogram(RETRY_GAPS);
  }
}

/** What a cell counts. */
export type Figures = Pick<Cell, 'calls' | 'errors' | 'retries' | 'logicalCalls' | 'durations' | 'retryGaps'>;

/** Returns the number of the row. */
export function appendCell(table: CellTable, place: Place, figures: Figures): number {
  const { calls, errors, retries, logicalCalls, durations, retryGaps } = figures;
  const row = table.append(place, [calls, errors, retries, logicalCalls]);
  table.pack(durations);
  table.pack(retryGaps);
  return row;
}

export const CELLS: RowKind<Cell, EndpointKey> = {
  createTable: () => new Table({ key: ['service', 'endpoint', 'kind', 'peer'], counts: 4, histograms: 2 }),
  append(table, cell) {
    const place = { key: table.keys.idOf(cell), process: table.processes.idOf(cell), slotMs: cell.slotMs };
    return appendCell(table, place, cell);
  },
  at: (table, row) => new TableCell(table, row),
};
