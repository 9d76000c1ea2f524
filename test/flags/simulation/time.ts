/** Virtual time: what is due happens in order, and all that follows from it at once, before the next. */
interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

export interface Time {
  now(): number;
  /** Later things of the same moment come later. */
  after(delayMs: number, run: () => void): void;
  /** Resolves when all that is due within it has happened. */
  pass(ms: number): Promise<void>;
}

/** All microtasks have run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createTime(startMs: number): Time {
  const queue: Due[] = [];
  let nowMs = startMs;

  function after(delayMs: number, run: () => void): void {
    const atMs = nowMs + Math.max(0, delayMs);
    let at = queue.length;
    while (at > 0 && (queue[at - 1]?.atMs ?? 0) > atMs) at -= 1;
    queue.splice(at, 0, { atMs, run });
  }

  async function pass(ms: number): Promise<void> {
    const endMs = nowMs + ms;
    for (let due = queue[0]; due !== undefined && due.atMs <= endMs; due = queue[0]) {
      queue.shift();
      nowMs = due.atMs;
      due.run();
      await settled();
    }
    nowMs = endMs;
  }

  return { now: () => nowMs, after, pass };
}
