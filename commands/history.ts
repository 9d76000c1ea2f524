/** The same hours of earlier days, as a comparison's control: which they are, and their cells, added up and remembered. */

import type { PastDay } from '../analysis/analyse.ts';
import { byEndpoint } from '../analysis/input/endpoints.ts';
import { mergeCells, normalise } from '../analysis/input/normalise.ts';
import type { Cell, TimeRange, Upgrade } from '../model.ts';
import type { Store } from '../store/store.ts';

export interface Windows {
  readonly baseline: TimeRange;
  readonly candidate: TimeRange;
}

const DAY_MS = 86_400_000;
/** A candidate that still grows is matched by whole steps of this, so that earlier days are not read anew every minute. */
const STEP_MS = 600_000;

/** Yesterday first. A day with an upgrade between the begin of its windows and their end tells of that upgrade, and is left out. */
export function pastWindows({ baseline, candidate }: Windows, upgrades: readonly Upgrade[], days: number): Windows[] {
  const lengthMs = Math.ceil((candidate.endMs - candidate.startMs) / STEP_MS) * STEP_MS;
  if (lengthMs <= 0 || baseline.endMs <= baseline.startMs) return [];
  return Array.from({ length: days }, (_, index) => {
    const ago = (index + 1) * DAY_MS;
    const startMs = candidate.startMs - ago;
    return {
      baseline: { startMs: baseline.startMs - ago, endMs: baseline.endMs - ago },
      candidate: { startMs, endMs: startMs + lengthMs },
    };
  }).filter(({ baseline: before, candidate: after }) => {
    const touches = ({ startedMs, finishedMs }: Upgrade) =>
      startedMs < after.endMs && (finishedMs ?? startedMs) >= before.startMs;
    return after.endMs <= baseline.startMs && !upgrades.some(touches);
  });
}

export interface History {
  /** Windows without cells give none: a signal that too few days tell of has no such control. */
  read(windows: readonly Windows[]): Promise<PastDay[]>;
}

/** Reads window after window, so that no more than one is in memory in full; remembers those of the last question. */
export function createHistory(store: Pick<Store, 'cells'>): History {
  const remembered = new Map<string, Promise<readonly Cell[]>>();
  let last: Promise<unknown> = Promise.resolve();
  const keyOf = ({ startMs, endMs }: TimeRange) => `${startMs}-${endMs}`;
  const pooledOf = (range: TimeRange): Promise<readonly Cell[]> => {
    const known = remembered.get(keyOf(range));
    if (known !== undefined) return known;
    const reading = last.then(async () => pooled(await store.cells(range)));
    last = reading.catch(() => remembered.delete(keyOf(range)));
    remembered.set(keyOf(range), reading);
    return reading;
  };
  return {
    async read(windows) {
      const wanted = new Set(windows.flatMap(({ baseline, candidate }) => [keyOf(baseline), keyOf(candidate)]));
      for (const key of remembered.keys()) if (!wanted.has(key)) remembered.delete(key);
      return Promise.all(
        windows.map(async ({ baseline, candidate }) => {
          const [before, after] = await Promise.all([pooledOf(baseline), pooledOf(candidate)]);
          return { baseline: { cells: before }, candidate: { cells: after } };
        }),
      );
    },
  };
}

/** One cell an endpoint: of an earlier day nothing but the sums is asked for. */
function pooled(cells: readonly Cell[]): Cell[] {
  const nowhere = { build: '', variant: '', instance: '', slotMs: 0 };
  const whole = [...byEndpoint(cells).values()].map((own) => ({ ...mergeCells(own), ...nowhere }));
  return [...normalise({ range: { startMs: 0, endMs: 0 }, slotMs: 0, cells: whole, selfTimes: [] }).arm.cells];
}
