/** What one request may touch and has come to: the blocks that its rows went into, and what was left out. */

import { HingeError } from '../errors.ts';
import { type Block, dayOf, type Mark } from './block.ts';
import type { Limits } from './limits.ts';
import type { Fixed64 } from './wire/wire.ts';

export interface Outcome {
  /** Spans or data points in the blocks. */
  readonly accepted: number;
  /** Spans or data points left out, and why: `message`. */
  readonly rejected: number;
  /** Texts, values and attributes that were cut. */
  readonly truncated: number;
  /** What to tell the sender about items left out or cut; empty when there is nothing to tell. */
  readonly message: string;
}

type RequestLimits = Pick<Limits, 'maxItems' | 'maxDays' | 'maxRowBytes'>;

export class Request {
  accepted = 0;
  rejected = 0;
  private firstFault = '';
  private readonly limits: RequestLimits;
  private readonly marks = new Map<Block, Mark>();
  private readonly days = new Set<bigint>();

  constructor(limits: RequestLimits) {
    this.limits = limits;
  }

  /** To be called for every item before it is read. */
  admit(): void {
    if (this.accepted + this.rejected < this.limits.maxItems) return;
    throw new HingeError(
      'INPUT_TOO_LARGE',
      `more than ${this.limits.maxItems} spans or data points in one request: send smaller batches`,
    );
  }

  reject(fault: string): void {
    this.rejected++;
    this.firstFault ||= fault;
  }

  /** The day of a time; undefined, and the item rejected, when it is one day too many. */
  dayOf({ low, high }: Fixed64): bigint | undefined {
    const day = dayOf(low, high);
    this.days.add(day);
    if (this.days.size <= this.limits.maxDays) return day;
    this.days.delete(day);
    this.reject(`the request touches more than ${this.limits.maxDays} days`);
    return undefined;
  }

  /** To be called before the first row goes into a block. */
  touch(block: Block): void {
    if (!this.marks.has(block)) this.marks.set(block, block.mark());
  }

  /** Throws INPUT_TOO_LARGE when the rows have outgrown their limit. */
  checkSize(): void {
    let bytes = 0;
    for (const [block, mark] of this.marks) bytes += block.bytesSince(mark);
    if (bytes <= this.limits.maxRowBytes) return;
    throw new HingeError(
      'INPUT_TOO_LARGE',
      `the request unfolds to more than ${this.limits.maxRowBytes} bytes: send smaller batches`,
    );
  }

  /** Takes all rows of the request back. */
  undo(): void {
    for (const [block, mark] of this.marks) block.rewind(mark);
  }

  outcome(item: string, truncated: number): Outcome {
    const message = [
      this.rejected > 0
        ? `${this.rejected} ${this.rejected === 1 ? item : `${item}s`} rejected; the first: ${this.firstFault}`
        : '',
      truncated > 0 ? `${truncated} values or attributes cut at the limits` : '',
    ];
    return {
      accepted: this.accepted,
      rejected: this.rejected,
      truncated,
      message: message.filter((part) => part !== '').join('; '),
    };
  }
}
