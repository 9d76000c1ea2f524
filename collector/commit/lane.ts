/** The queue in front of one table and day: groups what arrives, one insert under way at a time. */

import type { Rows } from '../rows.ts';
import { createGroup, type Group } from './group.ts';

export interface LaneOptions<R extends Rows> {
  /** Gives an empty set of rows of the lane's day. */
  readonly open: () => R;
  /** Inserts a group; what went wrong, or undefined. Must not reject. */
  readonly commit: (group: Group<R>) => Promise<Error | undefined>;
  /** Takes back rows that are done with. */
  readonly close: (rows: R) => void;
  /** Resolves when no request is in the middle of adding its rows. */
  readonly settled: () => Promise<void>;
  /** At least this long from the start of one insert to the next, unless the group is full. */
  readonly intervalMs: number;
  /** Rows, and bytes, that make a group full. */
  readonly maxRows: number;
  readonly maxBytes: number;
  /** Called when nothing waits and nothing is under way any more. */
  readonly onIdle: () => void;
  readonly clock: () => number;
}

export interface Lane<R extends Rows = Rows> {
  /** The group that rows may be added to at the moment; `leave` is to be called once they are. */
  group(): Group<R>;
  /** Lets the group go as soon as it is time. */
  leave(): void;
  /** From now on groups leave without waiting for company. */
  hurry(): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  bytes(): number;
}

/**
 * The first rows after a pause leave at once, which keeps answers quick at low rates. Those that come meanwhile go together
 * an interval later, or when the insert is done, whichever is later: a slow store makes larger groups, not more inserts.
 */
export function createLane<R extends Rows>(options: LaneOptions<R>): Lane<R> {
  const { open, commit, close, settled, intervalMs, maxRows, maxBytes, onIdle, clock } = options;
  const waiting: Group<R>[] = [];
  let underWay: Group<R> | undefined;
  let running: Promise<void> | undefined;
  let lastStartMs = Number.NEGATIVE_INFINITY;
  let hurried = false;
  let wake = () => {};

  const isFull = ({ rows: { block } }: Group<R>) => block.rows >= maxRows || block.byteLength >= maxBytes;
  const ripe = async (): Promise<void> => {
    const restMs = lastStartMs + intervalMs - clock();
    const [first] = waiting;
    if (restMs <= 0 || hurried || (first !== undefined && isFull(first))) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, restMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const insert = async (group: Group<R>): Promise<void> => {
    const error = await commit(group);
    underWay = undefined;
    group.settle(error);
    close(group.rows);
  };
  const run = async (): Promise<void> => {
    for (;;) {
      // Also after the last group: what comes soon after it must find that it was not long ago.
      await ripe();
      await settled();
      underWay = waiting.shift();
      if (underWay === undefined) break;
      lastStartMs = clock();
      await insert(underWay);
    }
    running = undefined;
    onIdle();
  };

  return {
    group() {
      const last = waiting.at(-1);
      if (last !== undefined && !isFull(last)) return last;
      const group = createGroup(open());
      waiting.push(group);
      return group;
    },
    leave() {
      running ??= run();
      const [first] = waiting;
      if (first !== undefined && isFull(first)) wake();
    },
    hurry() {
      hurried = true;
      wake();
    },
    idle: async () => running,
    bytes: () => [...waiting, underWay].reduce((sum, group) => sum + (group?.rows.block.byteLength ?? 0), 0),
  };
}
