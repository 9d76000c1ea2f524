/**
 * `npm run bench:seal -- [SPANS A SLOT] [SLOTS]`: CPU-seconds of the engine per million spans sealed, the fixed cost of a pass
 * included: slot by slot as they become due, and many slots in one pass, as after an import. Without arguments at 83 k spans/s,
 * half of what two cores take in when they do nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../model.ts';
import { connectDatabase } from '../store/connect.ts';
import { type Engine, openEngine } from '../store/engine/engine.ts';
import { openStore, type Store } from '../store/store.ts';
import { FIRST_SLOT, insertLoad, insertRepeats } from './seal-spans.ts';
import { readUsage } from './support/usage.ts';

const [spansPerSlot = 5_000_000, slots = 4] = process.argv.slice(2).map(Number);
if (slots < 3)
  throw new Error(`SLOTS is ${slots}: give three or more, of which the first and the last are not measured`);
const SLOT_SECONDS = 60;
const DELAY_SECONDS = 60;
const CUTTING = { slotSeconds: SLOT_SECONDS, sealDelaySeconds: DELAY_SECONDS, horizonSeconds: 60 } as const;
const TARGET = 1;
const silent: Log = { debug() {}, info() {}, warn() {}, error: console.error };

/** When the slots up to this one are due. */
const dueMs = (slot: number) => (FIRST_SLOT + (slot + 1) * SLOT_SECONDS + DELAY_SECONDS) * 1000;
const LATER_MS = dueMs(1_000_000);

/** Pages: what the engine does not keep of its memory, it has to be given anew. */
function perMillion({ cpuSeconds, pageFaults }: Spent, spans: number) {
  const millions = spans / 1e6;
  const pages = `${(pageFaults / 1e3 / millions).toFixed(1)} k page faults`;
  return { cpuSeconds: cpuSeconds / millions, unit: `CPU-s per million spans; ${pages}` };
}

interface Load {
  readonly database: string;
  readonly spans: number;
  /** One span in so many comes twice; 0 for none. */
  readonly repeatedOneIn: number;
}

interface Work {
  /** Sealed before the measurement: what is due then. */
  readonly beforeMs: number;
  readonly run: (store: Store) => Promise<unknown>;
}

/** What the engine used for one work. */
interface Spent {
  readonly cpuSeconds: number;
  readonly pageFaults: number;
}

const NOTHING: Spent = { cpuSeconds: 0, pageFaults: 0 };

/** Fills a new database, does one work after the other, each as if nothing had been sealed, and returns what each took. */
async function measure(engine: Engine, load: Load, works: readonly Work[]): Promise<Spent[]> {
  const { database, spans, repeatedOneIn } = load;
  const open = () => openStore({ connection: engine.connection, database, ...CUTTING, log: silent });
  await (await open())[Symbol.asyncDispose]();
  await using direct = connectDatabase(engine.connection, database);
  await insertLoad(direct, { spans, slots });
  if (repeatedOneIn > 0) await insertRepeats(direct, repeatedOneIn);
  await direct.run({ sql: 'OPTIMIZE TABLE otel_traces FINAL', doing: 'finish merging for the bench' });
  const spent: Spent[] = [];
  for (const { beforeMs, run } of works) {
    await using store = await open();
    await store.seal(beforeMs);
    const before = readUsage(engine.pid);
    await run(store);
    const after = readUsage(engine.pid);
    spent.push({
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      pageFaults: after.pageFaults - before.pageFaults,
    });
    for (const table of ['seals', 'cells', 'self_times'])
      await direct.run({ sql: `TRUNCATE TABLE ${table}`, doing: 'forget what was sealed' });
  }
  await direct.run({ sql: `DROP DATABASE ${database} SYNC`, doing: 'make room for the next measurement' });
  return spent;
}

/** A pass over nothing comes before, so that what the first one does once is not counted. */
const atOnce: Work = { beforeMs: 0, run: (store) => store.seal(LATER_MS) };

/**
 * As in steady work: each pass brings one more slot to hand, and looks at the one before. The first, which brings two, is
 * sealed before, and the last is left, which has hardly a neighbour.
 */
const slotBySlot: Work = {
  beforeMs: dueMs(0),
  async run(store) {
    for (let slot = 1; slot < slots - 1; slot++) await store.seal(dueMs(slot));
  },
};

const folder = mkdtempSync(join(tmpdir(), 'hinge-bench-seal-'));
try {
  await using engine = await openEngine({ dataDir: folder, durability: 'fast', log: silent });
  const spans = spansPerSlot * slots;
  const say = (name: string, value: number, unit: string) =>
    console.log(`${name.padEnd(40)} ${value.toFixed(2)} ${unit}`);
  console.log(
    `${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${slots} slots of ${spansPerSlot} spans: ${Math.round(spansPerSlot / SLOT_SECONDS)} spans/s`,
  );
  // What the first statements of a process do once is not counted.
  await measure(engine, { database: 'warm_up', spans: 1_000, repeatedOneIn: 100 }, [atOnce]);
  const [one = NOTHING] = await measure(engine, { database: 'one', spans: 1, repeatedOneIn: 0 }, [atOnce]);
  say('a pass over one span', one.cpuSeconds, 'CPU-s');
  for (const [name, repeatedOneIn] of [
    ['no repeats', 0],
    ['1 % repeats', 100],
  ] as const) {
    const spent = await measure(engine, { database: 'load', spans, repeatedOneIn }, [atOnce, slotBySlot]);
    const [once = NOTHING, few = NOTHING] = spent;
    const all = perMillion(once, spans);
    say(`${name}, ${slots} slots in one pass`, all.cpuSeconds, all.unit);
    const steady = perMillion(few, spansPerSlot * (slots - 2));
    const over = Math.round((steady.cpuSeconds / TARGET - 1) * 100);
    const verdict = steady.cpuSeconds <= TARGET ? 'hit' : `MISSED by ${over} %`;
    say(`${name}, slot by slot`, steady.cpuSeconds, `${steady.unit}; target at full rate <= ${TARGET}: ${verdict}`);
  }
  console.log(`peak memory of the engine ${Math.round(readUsage(engine.pid).peakMiB)} MiB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
