/** The queue in front of one table and partition: groups what arrives, one group under way at a time. */

export interface LaneOptions<Item> {
  /** Must not reject. */
  readonly commit: (group: readonly Item[]) => Promise<void>;
  readonly rowsOf: (item: Item) => number;
  /** At least this long from one group to the next, unless it is full. */
  readonly maxDelayMs: number;
  /** Rows that make a group full. */
  readonly maxRows: number;
  /** Called when nothing waits and nothing is under way any more. */
  readonly onIdle: () => void;
}

export interface Lane<Item> {
  push(item: Item): void;
  /** From now on groups leave without waiting for company. */
  hurry(): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
}

/** A slow store makes larger groups, not more inserts at once. */
export function createLane<Item>({ commit, rowsOf, maxDelayMs, maxRows, onIdle }: LaneOptions<Item>): Lane<Item> {
  let waiting: Item[] = [];
  let rows = 0;
  let running: Promise<void> | undefined;
  let delayMs = maxDelayMs;
  let leave = () => {};

  const ripe = async (): Promise<void> => {
    if (rows >= maxRows || delayMs === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      leave = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const takeGroup = (): Item[] => {
    let taken = 0;
    let count = 0;
    for (const item of waiting) {
      if (count > 0 && taken + rowsOf(item) > maxRows) break;
      taken += rowsOf(item);
      count++;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    rows -= taken;
    return group;
  };
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      await ripe();
      await commit(takeGroup());
    }
    running = undefined;
    onIdle();
  };

  return {
    push(item) {
      waiting.push(item);
      rows += rowsOf(item);
      running ??= run();
      if (rows >= maxRows) leave();
    },
    hurry() {
      delayMs = 0;
      leave();
    },
    idle: async () => running,
  };
}
