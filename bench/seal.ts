/** `node bench/seal.ts [SPANS] [SLOTS]`: CPU-seconds of the engine per million spans sealed, and what a pass costs in any case. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../model.ts';
import { CALLS_SETTINGS } from '../store/calls.ts';
import { selectCells } from '../store/cells.ts';
import { connectDatabase, type Database } from '../store/connect.ts';
import { HAS_REPEATS } from '../store/distinct.ts';
import { createDueFinder } from '../store/due.ts';
import { type Engine, openEngine } from '../store/engine.ts';
import { selectSelfTimes } from '../store/self-times.ts';
import { openStore } from '../store/store.ts';
import { createSlotting, derivationOf } from '../store/window.ts';
import { FIRST_SLOT, insertLoad, insertRepeats } from './seal-spans.ts';

const [spans = 1_000_000, slots = 5] = process.argv.slice(2).map(Number);
const CUTTING = { slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 } as const;
const LATER_MS = (FIRST_SLOT + 86_400) * 1000;
/** Ticks of a CPU clock in a second, as /proc counts them. */
const TICKS = 100;
const silent: Log = { debug() {}, info() {}, warn() {}, error: console.error };

/** CPU-seconds that a process has used, in user and system mode. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

const peakMemoryMb = (pid: number) =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);

async function spent(engine: Engine, work: () => Promise<unknown>): Promise<number> {
  const before = cpuSeconds(engine.pid);
  await work();
  return cpuSeconds(engine.pid) - before;
}

/** What the parts of a pass cost, each alone and written nowhere. */
async function measureParts(engine: Engine, database: Database, repeats: boolean) {
  const slotting = createSlotting(CUTTING);
  const parameters = derivationOf(
    Array.from({ length: slots }, (_, i) => FIRST_SLOT + i * 60),
    slotting,
  );
  const part = (sql: string) =>
    spent(engine, () =>
      database.run({ sql: `${sql} FORMAT Null`, parameters, settings: CALLS_SETTINGS, doing: 'seal for the bench' }),
    );
  return {
    due: await spent(engine, () => createDueFinder(database, slotting)(LATER_MS)),
    repeats: await part(HAS_REPEATS),
    cells: await part(selectCells(repeats)),
    selfTimes: await part(selectSelfTimes(repeats)),
  };
}

/** Fills a new database, measures its parts, then seals it in one pass. */
async function measure(engine: Engine, database: string, load: number, repeats: boolean) {
  await using store = await openStore({ connection: engine.connection, database, ...CUTTING, log: silent });
  await using direct = connectDatabase(engine.connection, database);
  await insertLoad(direct, { spans: load, slots });
  if (repeats) await insertRepeats(direct, load === 1 ? 1 : 100);
  await direct.run({ sql: 'OPTIMIZE TABLE otel_traces FINAL', doing: 'finish merging for the bench' });
  const parts = await measureParts(engine, direct, repeats);
  const pass = await spent(engine, () => store.seal(LATER_MS));
  return { rows: (await store.status()).spans, pass, ...parts };
}

const folder = mkdtempSync(join(tmpdir(), 'hinge-bench-seal-'));
try {
  await using engine = await openEngine({ dataDir: folder, durability: 'fast', log: silent });
  // The first statement of each kind compiles what the next ones reuse.
  await measure(engine, 'warm_up', 1_000, true);
  const fixed = await measure(engine, 'one', 1, false);
  const fixedWithRepeats = await measure(engine, 'one_with_repeats', 1, true);
  const say = (name: string, value: number) => console.log(`${name.padEnd(40)} ${value.toFixed(2)}`);
  console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${slots} slots`);
  for (const [name, repeats, base] of [
    ['0 % repeats', false, fixed],
    ['1 % repeats', true, fixedWithRepeats],
  ] as const) {
    const found = await measure(engine, repeats ? 'repeats' : 'plain', spans, repeats);
    console.log(`\n${name}: ${found.rows} spans; CPU-seconds per million, fixed cost left out`);
    for (const key of ['due', 'repeats', 'cells', 'selfTimes', 'pass'] as const) {
      say(`  ${key}`, ((found[key] - base[key]) / found.rows) * 1e6);
    }
    say('  fixed, CPU-seconds a pass', base.pass);
  }
  console.log(`\npeak memory of the engine ${peakMemoryMb(engine.pid)} MB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
