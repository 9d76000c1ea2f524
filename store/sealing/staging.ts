/**
 * The spans around the slots that are being sealed, at hand in the engine's memory: read from otel_traces once, with ids as
 * hashes and without repeats. Sealing asks for each slot several times, with its neighbours and for both kinds of derived rows,
 * and to read the ids as text is most of what that would cost. Nothing here outlives its use: a restart of the engine empties
 * the tables, and what a Hinge that crashed leaves on a server is removed by the next.
 */
import { HingeError } from '../../errors.ts';
import type { Database, Parameters } from '../connect.ts';
import { type SpanSource, storedSpans } from '../source.ts';
import { OF_SLOTS } from '../spans.ts';
import type { Derivation, StoredSlot } from '../window.ts';
import { createStaged } from './staged.ts';

export interface Staging extends AsyncDisposable {
  /** What is at hand. Needs the parameters `bring` gives. */
  readonly source: SpanSource;
  /**
   * Brings the spans of a window to hand, those that are not yet or that have become more; returns the parameters to find them by.
   * @param stored the slots of the window that have spans. Rows that come after they were counted are no harm: the count grows
   *   with them, and the slots are sealed again
   */
  bring(window: Parameters, stored: readonly StoredSlot[], nowMs: number): Promise<Parameters>;
  /**
   * @throws HingeError STORE_UNAVAILABLE when a restart of the engine took some, or some that were given up are still there: what
   *   was derived does not count
   */
  confirm(): Promise<void>;
  /** Gives up what only slots before this one needed. */
  release(beforeSlot: number): Promise<void>;
}

/** What one statement brought: whole slots, given up together. */
interface Load {
  readonly id: number;
  readonly broughtMs: number;
  readonly spans: number;
  /** Stored rows of each slot when it was brought, repeats included. */
  readonly rowsOf: ReadonlyMap<number, number>;
}

/** Far less than the hours after which other sealers take a load for left behind. */
const KEPT_MS = 3_600_000;

/** @param sealer a number that no other sealer has */
export function createStaging(database: Database, derivation: Derivation, sealer: number): Staging {
  const stored = storedSpans(derivation.facts);
  const staged = createStaged(database, derivation.facts, sealer);
  let loads: readonly Load[] = [];
  let lastId = 0;
  /** Whether nothing is there but the loads: not before the first look, nor after a step that failed. */
  let isClean = false;

  async function drop(dropped: readonly Load[]): Promise<void> {
    if (dropped.length === 0) return;
    isClean = false;
    loads = loads.filter((load) => !dropped.includes(load));
    await staged.remove(dropped.map(({ id }) => id));
    isClean = true;
  }

  async function clean(): Promise<void> {
    isClean = false;
    loads = [];
    await staged.removeAll();
    await staged.removeForgotten();
    isClean = true;
  }

  /** @param slots ascending */
  async function load(window: Parameters, slots: readonly StoredSlot[], broughtMs: number): Promise<Load> {
    const rowsOf = new Map(slots.map(({ slot, rows }) => [slot, rows]));
    const missing = [...rowsOf.keys()];
    const until = (missing.at(-1) ?? 0) + derivation.widthSeconds;
    const stretch = { ...window, from: missing[0] ?? 0, until };
    const id = ++lastId;
    await staged.putSpans(id, stored.all(OF_SLOTS), { ...stretch, slots: missing });
    const counts = await staged.count(id);
    const distinct = counts.spans === counts.ids ? { id, spans: counts.spans } : await withoutRepeats(id, stretch);
    if (counts.flagged > 0) await staged.putVariants(distinct.id, missing, stretch);
    return { ...distinct, broughtMs, rowsOf };
  }

  async function withoutRepeats(id: number, window: Parameters): Promise<Pick<Load, 'id' | 'spans'>> {
    const distinct = ++lastId;
    await staged.putDistinct(distinct, id, window);
    await staged.remove([id]);
    return { id: distinct, spans: (await staged.count(distinct)).spans };
  }

  return {
    source: staged.source,
    async bring(window, slots, nowMs) {
      if (!isClean) await clean();
      const has = ({ rowsOf }: Load, { slot, rows }: StoredSlot) => (rowsOf.get(slot) ?? rows) === rows;
      const isOld = ({ broughtMs }: Load) => Math.abs(nowMs - broughtMs) > KEPT_MS;
      await drop(loads.filter((each) => isOld(each) || !slots.every((slot) => has(each, slot))));
      const missing = slots.filter(({ slot }) => !loads.some(({ rowsOf }) => rowsOf.has(slot)));
      isClean = false;
      if (missing.length > 0) loads = [...loads, await load(window, missing, nowMs)];
      await staged.putOdd(window);
      isClean = true;
      return { sealer };
    },
    async confirm() {
      const brought = loads.reduce((sum, { spans }) => sum + spans, 0);
      if ((await staged.countSpans()) === brought) return;
      await clean();
      throw new HingeError(
        'STORE_UNAVAILABLE',
        'ClickHouse has not the spans that were brought to be sealed, as after a restart: they are read again at the next pass',
        { retryable: true },
      );
    },
    release: (beforeSlot) => drop(loads.filter(({ rowsOf }) => [...rowsOf.keys()].every((slot) => slot < beforeSlot))),
    async [Symbol.asyncDispose]() {
      if (loads.length > 0) await staged.removeAll();
    },
  };
}
