/** `node bench/accuracy/speed-report.ts`: one report in a thread of a process of its own, what it took as JSON on stdout. Its task comes in HINGE_BENCH_TASK. */

import { DEFAULT_SETTINGS } from '../../analysis/input/settings.ts';
import { assembleApart } from '../../commands/assemble-apart.ts';
import type { Connection, TimeRange } from '../../model.ts';
import { readUsage } from '../support/usage.ts';
import { CUTTING } from './speed-cutting.ts';

export interface ReportTask {
  readonly connection: Connection;
  readonly database: string;
  readonly baseline: TimeRange;
  readonly candidate: TimeRange;
}

export interface ReportCost {
  /** From the question to the report, the thread's start and the engine's work included. */
  readonly elapsedSeconds: number;
  /** Of this process, all of its threads. */
  readonly cpuSeconds: number;
  /** Peak of this process with its thread, from its start to its end. */
  readonly peakMiB: number;
  readonly suspects: number;
}

const { connection, database, baseline, candidate } = JSON.parse(process.env.HINGE_BENCH_TASK ?? '') as ReportTask;
const before = process.cpuUsage();
const startedMs = performance.now();
const place = { connection, database, ...CUTTING };
const { suspects } = await assembleApart({
  ...{ title: 'speed', changed: [], settings: DEFAULT_SETTINGS, actions: [] },
  baseline: { ...place, range: baseline },
  candidate: { ...place, range: candidate },
});
const { user, system } = process.cpuUsage(before);
const cost: ReportCost = {
  elapsedSeconds: (performance.now() - startedMs) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  // Not by getrusage, whose peak begins with that of the process that started this one.
  peakMiB: readUsage(process.pid).peakMiB,
  suspects: suspects.length,
};
process.stdout.write(JSON.stringify(cost));
