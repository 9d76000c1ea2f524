/** Self times held in a table. */

import type { Histogram, SelfTimeCell } from '../model.ts';
import { Row, type RowKind } from './row.ts';
import { Table } from './table.ts';

/** A unit within a root endpoint. */
export type UnitKey = Pick<SelfTimeCell, 'rootService' | 'rootEndpoint' | 'unit'>;

const [REQUESTS, SPANS] = [0, 1];

class TableSelfTime extends Row<UnitKey> implements SelfTimeCell {
  get rootService(): string {
    return this.key.rootService;
  }
  get rootEndpoint(): string {
    return this.key.rootEndpoint;
  }
  get unit(): string {
    return this.key.unit;
  }
  get requests(): number {
    return this.count(REQUESTS);
  }
  get spans(): number {
    return this.count(SPANS);
  }
  get selfTimes(): Histogram {
    return this.histogram(0);
  }
}

export const SELF_TIMES: RowKind<SelfTimeCell, UnitKey> = {
  createTable: () => new Table({ key: ['rootService', 'rootEndpoint', 'unit'], counts: 2, histograms: 1 }),
  append(table, cell) {
    const place = { key: table.keys.idOf(cell), process: table.processes.idOf(cell), slotMs: cell.slotMs };
    const row = table.append(place, [cell.requests, cell.spans]);
    table.pack(cell.selfTimes);
    return row;
  },
  at: (table, row) => new TableSelfTime(table, row),
};
