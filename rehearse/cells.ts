/**
 * Cells of a release drawn directly, without requests: fast enough for simulations of thousands of releases.
 * Endpoints share the instances of their service, and with them their speed and their drift; otherwise they know nothing of each other.
 */

import type { ArmData } from '../analysis/input/settings.ts';
import { createRandom, type Random } from '../analysis/statistics/random.ts';
import { appendCell, CELLS, type CellTable, type Figures } from '../cells/cell.ts';
import { rowsOf } from '../cells/row.ts';
import type { EndpointKey } from '../model.ts';
import { binomialDraw, normalDraw, poissonDraw } from './draw.ts';
import { drawHistogram, histogramOf, type LatencyEffect } from './latency.ts';
import type { Noise } from './noise.ts';
import { driftLogs, type Rollout, rhythmLog, upgradeSlot } from './time.ts';

/** One endpoint: what it is in the baseline, and what the upgrade makes of it. */
export interface EndpointPlan extends EndpointKey {
  readonly medianMs: number;
  /** Logical calls in an arm, spread over instances and slots. */
  readonly calls: number;
  /** Share of calls that fail, and attempts per logical call less 1: old and new build. @default 0 */
  readonly errors?: { readonly before: number; readonly after: number };
  readonly retries?: { readonly before: number; readonly after: number };
  /** Of the new build. */
  readonly effect?: LatencyEffect;
}

export interface CellPlan {
  readonly seed: number;
  readonly endpoints: readonly EndpointPlan[];
  /** Instances of every service. */
  readonly instances: number;
  readonly slots: number;
  readonly slotMs: number;
  readonly noise: Noise;
  readonly rollout: Rollout;
  /** An upgraded instance keeps its name and its speed; otherwise a new one takes its place. */
  readonly paired: boolean;
  /** Begin of both arms, milliseconds since the Unix epoch. */
  readonly baselineMs: number;
  readonly candidateMs: number;
  /** Earlier days whose same two windows are drawn as well, without an upgrade between them. */
  readonly historyDays: number;
  /** Services that stay as they are. @default none */
  readonly untouched?: readonly string[];
  /** Calls of a cell: all cells alike, or as many as come by chance; then cells without a call are left out. @default even */
  readonly arrivals?: 'even' | 'random';
}

export interface Arms {
  readonly baseline: ArmData;
  readonly candidate: ArmData;
}

export interface DrawnCells extends Arms {
  /** Yesterday first. */
  readonly history: readonly Arms[];
}

const DAY_MS = 86_400_000;

export function drawCells(plan: CellPlan): DrawnCells {
  const random = createRandom(plan.seed);
  const services = [...Map.groupBy(plan.endpoints, ({ service }) => service)].map(([name, endpoints]) => ({
    name,
    endpoints,
    levels: Array.from({ length: plan.instances }, () => levelOf(plan, random)),
  }));
  const armOf = (startMs: number, rollout: Rollout | null): ArmData => {
    const table = CELLS.createTable();
    for (const service of services) drawService(plan, service, { startMs, rollout }, random, table);
    const range = { startMs, endMs: startMs + plan.slots * plan.slotMs };
    return { range, slotMs: plan.slotMs, cells: rowsOf(table, CELLS), selfTimes: [] };
  };
  return {
    baseline: armOf(plan.baselineMs, null),
    candidate: armOf(plan.candidateMs, plan.rollout),
    history: Array.from({ length: plan.historyDays }, (_, day) => ({
      baseline: armOf(plan.baselineMs - (day + 1) * DAY_MS, null),
      candidate: armOf(plan.candidateMs - (day + 1) * DAY_MS, null),
    })),
  };
}

interface Speed {
  readonly before: number;
  readonly after: number;
}

function levelOf({ noise: { instanceSd = 0.05 }, paired }: CellPlan, random: Random): Speed {
  const before = normalDraw(random) * instanceSd;
  return { before, after: paired ? before : normalDraw(random) * instanceSd };
}

interface ServicePlan {
  readonly name: string;
  readonly endpoints: readonly EndpointPlan[];
  readonly levels: readonly Speed[];
}

interface When {
  readonly startMs: number;
  /** Null: nothing is upgraded. */
  readonly rollout: Rollout | null;
}

function drawService(
  plan: CellPlan,
  service: ServicePlan,
  { startMs, rollout }: When,
  random: Random,
  table: CellTable,
): void {
  const { slots, slotMs, instances, noise } = plan;
  const keys = service.endpoints.map((endpoint) => table.keys.idOf(endpoint));
  service.levels.forEach((speed, index) => {
    const drift = driftLogs(noise.drift ?? { sd: 0, correlation: 0 }, slots, random);
    const stays = rollout === null || plan.untouched?.includes(service.name) === true;
    const from = stays ? Number.POSITIVE_INFINITY : upgradeSlot(rollout, index, instances);
    drift.forEach((shift, slot) => {
      const isNew = slot >= from;
      const process = table.processes.idOf({
        instance: `${service.name}-${index}${isNew && !plan.paired ? '-next' : ''}`,
        build: `${service.name}-${isNew ? 'v2' : 'v1'}`,
        variant: '',
      });
      const atMs = startMs + slot * slotMs;
      const log = shift + (isNew ? speed.after : speed.before) + rhythmLog(atMs, noise.dailyRise ?? 0);
      service.endpoints.forEach((endpoint, at) => {
        const figures = drawFigures(plan, endpoint, { isNew, log }, random);
        if (plan.arrivals === 'random' && figures.calls === 0) return;
        appendCell(table, { key: keys[at] ?? 0, process, slotMs: atMs }, figures);
      });
    });
  });
}

const NO_GAPS = histogramOf([]);

function drawFigures(
  { instances, slots, arrivals }: CellPlan,
  { medianMs, calls: armCalls, errors, retries, effect }: EndpointPlan,
  { isNew, log }: { readonly isNew: boolean; readonly log: number },
  random: Random,
): Figures {
  const side = isNew ? 'after' : 'before';
  const mean = armCalls / instances / slots;
  const logicalCalls = arrivals === 'random' ? poissonDraw(mean, random) : Math.round(mean);
  const repeated = binomialDraw(logicalCalls, retries?.[side] ?? 0, random);
  const calls = logicalCalls + repeated;
  const failed = binomialDraw(calls, errors?.[side] ?? 0, random);
  return {
    ...{ calls, errors: failed, retries: repeated, logicalCalls },
    durations: drawHistogram(
      calls - failed,
      { medianNs: medianMs * 1e6, log },
      isNew ? (effect ?? null) : null,
      random,
    ),
    retryGaps: NO_GAPS,
  };
}
