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
    out.push(this.bytes.contents());
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
  copy(source: DataView, start: number, end: number): void {
    this.bytes.append(source, start, end);
  }

  /** Appends an unsigned number given by its two halves. */
  appendHalves(low: number, high: number): void {
    const { bytes } = this;
    bytes.reserve(8);
    const { view, length: at } = bytes;
    view.setUint32(at, low, true);
    view.setUint32(at + 4, high, true);
    bytes.length = at + 8;
  }

  appendBigInt(value: bigint): void {
    const { bytes } = this;
    bytes.reserve(8);
    bytes.view.setBigUint64(bytes.length, value, true);
    bytes.length += 8;
  }

  appendDouble(value: number): void {
    const { bytes } = this;
    bytes.reserve(8);
    bytes.view.setFloat64(bytes.length, value, true);
    bytes.length += 8;
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
    bytes.view.setInt32(bytes.length, value, true);
    bytes.length += 4;
  }
}

export class UInt16Column extends FixedColumn {
  readonly type = 'UInt16';

  /** Cut to 16 bits. */
  append(value: number): void {
    const { bytes } = this;
    bytes.reserve(2);
    bytes.view.setUint16(bytes.length, value, true);
    bytes.length += 2;
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
