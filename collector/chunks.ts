/** Gathers rows by table and UTC day: an insert is atomic only within one partition. */

import { HingeError } from '../errors.ts';
import type { InsertBlock, TelemetryTable } from '../model.ts';
import { dayOf } from './row-text.ts';

/** Rows are kept as text until there is this much of it: longer strings cost more to join. */
const PIECE_LENGTH = 1 << 18;
const DAY_NS = 86_400_000_000_000n;

/** Rows of one table and one day; the bodies of chunks of the same table, day and format may be joined. */
export type Chunk = Omit<InsertBlock, 'token'>;

interface Pile {
  readonly table: TelemetryTable;
  readonly partition: string;
  readonly pieces: Buffer[];
  text: string;
  rows: number;
}

export interface ChunkLimits {
  readonly maxDays: number;
  readonly maxRowBytes: number;
}

/** Throws INPUT_TOO_LARGE when the rows outgrow their limit. */
export function createChunks(limits: ChunkLimits) {
  const piles = new Map<string, Pile>();
  const days = new Set<bigint>();
  let items = 0;
  let bytes = 0;

  const pileOf = (table: TelemetryTable, day: bigint): Pile => {
    const key = `${table} ${day}`;
    const pile = piles.get(key) ?? { table, partition: dayOf(day * DAY_NS), pieces: [], text: '', rows: 0 };
    piles.set(key, pile);
    return pile;
  };
  const encode = (pile: Pile): void => {
    const piece = Buffer.from(pile.text);
    pile.pieces.push(piece);
    pile.text = '';
    bytes += piece.length;
    if (bytes > limits.maxRowBytes) throw tooLarge(limits);
  };
  return {
    items: () => items,
    /** False when the row belongs to one day too many. */
    add(table: TelemetryTable, timeNs: bigint, row: string): boolean {
      const day = timeNs / DAY_NS;
      if (!days.has(day) && days.size >= limits.maxDays) return false;
      days.add(day);
      const pile = pileOf(table, day);
      pile.text += row;
      pile.rows++;
      items++;
      if (pile.text.length > PIECE_LENGTH) encode(pile);
      return true;
    },
    finish(): Chunk[] {
      return [...piles.values()].map((pile) => {
        encode(pile);
        const { table, partition, rows, pieces } = pile;
        return { table, format: 'JSONEachRow', partition, rows, body: Buffer.concat(pieces) };
      });
    },
  };
}

const tooLarge = (limits: ChunkLimits) =>
  new HingeError(
    'INPUT_TOO_LARGE',
    `the request unfolds to more than ${limits.maxRowBytes} bytes: send smaller batches`,
  );
