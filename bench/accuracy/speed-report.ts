/** `node bench/accuracy/speed-report.ts`: one report in a process of its own, what it took as JSON on stdout. Its task comes in HINGE_BENCH_TASK. */

import { DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { assemble } from '../../commands/assemble.ts';
import type { Connection, TimeRange } from '../../model.ts';
import { openStore } from '../../store/store.ts';
import { CUTTING, SILENT } from './speed-store.ts';

export interface ReportTask {
  readonly connection: Connection;
  readonly database: string;
  readonly baseline: TimeRange;
  readonly candidate: TimeRange;
  readonly slotMs: number;
}

export interface ReportCost {
  /** From the question to the report, the engine's work included. */
  readonly elapsedSeconds: number;
  /** Of this process, all of its threads. */
  readonly cpuSeconds: number;
  /** Peak of this process, from its start to its end. */
  readonly peakMiB: number;
  readonly suspects: number;
}

const { connection, database, slotMs, ...ranges } = JSON.parse(process.env.HINGE_BENCH_TASK ?? '') as ReportTask;
await using store = await openStore({ connection, database, ...CUTTING, log: SILENT });
const before = process.cpuUsage();
const startedMs = performance.now();
const { suspects } = await assemble({
  ...{ title: 'speed', changed: [], settings: DEFAULT_SETTINGS, actions: [] },
  baseline: { store, range: ranges.baseline, slotMs },
  candidate: { store, range: ranges.candidate, slotMs },
});
const { user, system } = process.cpuUsage(before);
const cost: ReportCost = {
  elapsedSeconds: (performance.now() - startedMs) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  peakMiB: process.resourceUsage().maxRSS / 1_024,
  suspects: suspects.length,
};
process.stdout.write(JSON.stringify(cost));
