/**
 * How long a report takes and how much memory: from cells at hand, and from the store in a process of its own; without sampled
 * traces, with them, and with ten times the calls.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Arms } from '../../rehearse/cells.ts';
import { openEngine } from '../../store/engine/engine.ts';
import type { Block, Row, Target } from './row.ts';
import { judge } from './simulate.ts';
import { drawArms } from './speed-arms.ts';
import { compileReport } from './speed-compile.ts';
import type { ReportCost, ReportTask } from './speed-report.ts';
import { fillStore, SILENT } from './speed-store.ts';

interface Scene {
  readonly what: string;
  readonly database: string;
  readonly callsPerCell: number;
  readonly traced: boolean;
  readonly target: Target;
}

const SCENES: readonly Scene[] = [
  { what: '10 M calls', database: 'plain', callsPerCell: 20, traced: false, target: { atMost: 1 } },
  { what: '10 M calls, with attribution', database: 'traced', callsPerCell: 20, traced: true, target: { atMost: 6 } },
  { what: '100 M calls', database: 'many', callsPerCell: 200, traced: false, target: { atMost: 3 } },
];
const MOST_MIB = 300;

export const speedBlock: Block = async ({ quick, say }) => {
  await using owned = new AsyncDisposableStack();
  const folder = async (name: string) => {
    const path = await mkdtemp(join(tmpdir(), `hinge-speed-${name}-`));
    owned.defer(() => rm(path, { recursive: true, force: true }));
    return path;
  };
  const [dataDir, report] = [await folder('data'), await compileReport(await folder('report'))];
  const engine = owned.use(await openEngine({ dataDir, durability: 'fast', log: SILENT }));
  const rows: Row[] = [];
  for (const scene of SCENES) {
    const arms = drawArms({ ...scene, quick });
    const cells = arms.baseline.cells.length + arms.candidate.cells.length;
    const row = (name: string, measured: number, unit: string, target: Target | null): Row => ({
      ...{ what: `${scene.what} (${cells} cells): ${name}`, measured, unit, target },
      ...{ n: 1, interval: null, record: '' },
    });
    say(`speed: ${scene.what}, from cells`);
    const own = fromCells(arms);
    rows.push(row('from cells, elapsed', own.elapsedSeconds, 's', scene.target));
    rows.push(row('from cells, processor', own.cpuSeconds, 's', null));
    say(`speed: ${scene.what}, into the store`);
    await fillStore(engine.connection, scene.database, [arms.baseline, arms.candidate]);
    say(`speed: ${scene.what}, from the store`);
    const cost = await fromStore(report, { connection: engine.connection, database: scene.database }, arms);
    rows.push(row('from the store, elapsed', cost.elapsedSeconds, 's', null));
    rows.push(row('from the store, processor', cost.cpuSeconds, 's', null));
    rows.push(row('from the store, peak of the process', cost.peakMiB, 'MiB', { atMost: MOST_MIB }));
    if (cost.suspects !== own.suspects) throw new Error(`${scene.what}: the store gives another report than the cells`);
  }
  return rows;
};

/** The cells are in memory already, that of their drawing as well: memory is measured from the store. What drawing left is collected before. */
function fromCells(arms: Arms): Omit<ReportCost, 'peakMiB'> {
  collectGarbage();
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const { suspects } = judge(arms, 1);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  return { elapsedSeconds, cpuSeconds: (user + system) / 1e6, suspects: suspects.length };
}

async function fromStore(
  report: string,
  { connection, database }: Pick<ReportTask, 'connection' | 'database'>,
  { baseline, candidate }: Arms,
): Promise<ReportCost> {
  const task: ReportTask = { connection, database, baseline: baseline.range, candidate: candidate.range };
  const env = { ...process.env, HINGE_BENCH_TASK: JSON.stringify(task) };
  const { stdout } = await promisify(execFile)(process.execPath, [report], { env });
  return JSON.parse(stdout) as ReportCost;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
