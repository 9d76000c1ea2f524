/** Columns of numbers of a fixed width, little-endian as on the wire of protobuf, so that most values are copied as they are. */

import { Bytes } from './bytes.ts';
import type { Column } from './column.ts';

type Fixed64Type = 'UInt64' | 'Float64' | 'DateTime64(9)';
type Fixed32Type = 'UInt32' | 'Int32';

abstract class FixedColumn implements Column {
  abstract readonly type: string;
  readonly stores: readonly Bytes[];
  protected readonly bytes = new Bytes();

  constructor() {
    this.stores = [this.bytes];
  }

  prefix(): void {}

  data(out: Uint8Array[]): void {
    out.push(this.bytes.view());
  }

  reset(): void {
    this.bytes.length = 0;
  }
}

export class Fixed64Column extends FixedColumn {
  readonly type: Fixed64Type;

  constructor(type: Fixed64Type) {
    super();
    this.type = type;
  }

  /** Appends eight bytes of the source per value. */
  copy(source: Uint8Array, start: number, end: number): void {
    this.bytes.append(source, start, end);
  }

  /** Appends an unsigned number given by its two halves. */
  appendHalves(low: number, high: number): void {
    const { bytes } = this;
    bytes.reserve(8);
    const { buffer, length: at } = bytes;
    buffer[at] = low;
    buffer[at + 1] = low >>> 8;
    buffer[at + 2] = low >>> 16;
    buffer[at + 3] = low >>> 24;
    buffer[at + 4] = high;
    buffer[at + 5] = high >>> 8;
    buffer[at + 6] = high >>> 16;
    buffer[at + 7] = high >>> 24;
    bytes.length = at + 8;
  }

  appendBigInt(value: bigint): void {
    this.bytes.reserve(8);
    this.bytes.length = this.bytes.buffer.writeBigUInt64LE(value, this.bytes.length);
  }

  appendDouble(value: number): void {
    this.bytes.reserve(8);
    this.bytes.length = this.bytes.buffer.writeDoubleLE(value, this.bytes.length);
  }
}

export class Fixed32Column extends FixedColumn {
  readonly type: Fixed32Type;

  constructor(type: Fixed32Type) {
    super();
    this.type = type;
  }

  /** Of either sign; cut to 32 bits. */
  append(value: number): void {
    const { bytes } = this;
    bytes.reserve(4);
    const { buffer, length: at } = bytes;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
    bytes.length = at + 4;
  }
}

export class UInt16Column extends FixedColumn {
  readonly type = 'UInt16';

  /** Cut to 16 bits. */
  append(value: number): void {
    const { bytes } = this;
    bytes.reserve(2);
    bytes.buffer[bytes.length++] = value;
    bytes.buffer[bytes.length++] = value >>> 8;
  }
}

export class UInt8Column extends FixedColumn {
  readonly type = 'UInt8';

  append(value: number): void {
    this.bytes.reserve(1);
    this.bytes.buffer[this.bytes.length++] = value;
  }
}

export class BoolColumn extends FixedColumn {
  readonly type = 'Bool';

  append(value: boolean): void {
    this.bytes.reserve(1);
    this.bytes.buffer[this.bytes.length++] = value ? 1 : 0;
  }
}
