/**
 * How long one analysis takes and how much memory it needs: 500 endpoints on 20 instances each, 24 slots an arm; without sampled
 * traces, with them (one service in twelve is slower), and with ten times the calls.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRandom } from '../../analysis/random.ts';
import type { SelfTimeCell } from '../../model.ts';
import { type Arms, drawCells, type EndpointPlan } from '../../rehearse/cells.ts';
import { drawHistogram } from '../../rehearse/latency.ts';
import type { Block, BlockOptions, Row, Target } from './row.ts';
import { CELL_PLAN, judge, plainEndpoints } from './simulate.ts';

const MB = 2 ** 20;
const [ENDPOINTS, INSTANCES, SLOTS] = [500, 20, 24];
/** Root endpoints, and services that each passes; the sampled requests of a root in one slot of one instance. */
const [ROOTS, DEPTH, SAMPLED] = [25, 12, 5];

interface Scene {
  readonly what: string;
  readonly callsPerCell: number;
  readonly traced: boolean;
  readonly target: Target;
}

const SCENES: readonly Scene[] = [
  { what: '10 M calls, from cells', callsPerCell: 20, traced: false, target: { atMost: 1 } },
  { what: '10 M calls, with attribution', callsPerCell: 20, traced: true, target: { atMost: 6 } },
  { what: '100 M calls, from cells', callsPerCell: 200, traced: false, target: { atMost: 3 } },
];

export const speedBlock: Block = async (options) => SCENES.flatMap((scene) => timed(scene, options));

function timed({ what, callsPerCell, traced, target }: Scene, { quick, say }: BlockOptions): Row[] {
  const collect = collector();
  collect();
  const emptyMb = process.memoryUsage().heapUsed / MB;
  const arms = drawArms(quick ? SLOTS / 4 : SLOTS, callsPerCell, traced);
  collect();
  const heldMb = process.memoryUsage().heapUsed / MB - emptyMb;
  const cells = arms.baseline.cells.length + arms.candidate.cells.length;
  say(`speed: ${cells} cells, ${heldMb.toFixed(0)} MB`);
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const { suspects } = judge(arms, 1);
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  say(`speed: ${suspects.length} suspects`);
  const row = (measured: number, unit: string, name: string, aim: Target | null): Row => ({
    ...{ what: `${what} (${cells} cells): ${name}`, measured, unit, n: 1, interval: null, target: aim, record: '' },
  });
  return [
    row(seconds, 's', 'elapsed', target),
    row((user + system) / 1e6, 's', 'processor, the garbage collector included', null),
    row(heldMb, 'MB', 'the cells alone', null),
    row(process.resourceUsage().maxRSS / 1024, 'MB', 'the process at its peak so far', { atMost: 300 }),
  ];
}

/** Of the traced, the first service of every root endpoint is slower, and so is the root. */
function drawArms(slots: number, callsPerCell: number, traced: boolean): Arms {
  const calls = INSTANCES * slots * callsPerCell;
  const effect = { slower: 0.3 };
  const endpoints = plainEndpoints(ENDPOINTS, calls).map(
    (plan, index): EndpointPlan => (traced && index < ROOTS ? { ...plan, effect } : plan),
  );
  const arms = drawCells({ ...CELL_PLAN, endpoints, instances: INSTANCES, slots, seed: 1 });
  if (!traced) return arms;
  return {
    baseline: { ...arms.baseline, selfTimes: selfTimesOf(arms.baseline, endpoints, 1) },
    candidate: { ...arms.candidate, selfTimes: selfTimesOf(arms.candidate, endpoints, 1.3) },
  };
}

function selfTimesOf({ range, slotMs }: Arms['baseline'], endpoints: readonly EndpointPlan[], factor: number) {
  const random = createRandom(range.startMs);
  const cells: SelfTimeCell[] = [];
  const version = factor > 1 ? 'v2' : 'v1';
  endpoints.slice(0, ROOTS).forEach(({ service, endpoint, medianMs }, root) => {
    for (let depth = 0; depth < DEPTH; depth++) {
      // The first unit is the root's own service; the others stand further down the list of services.
      const unit = depth === 0 ? service : `service${10 + ((root + depth) % 90)}`;
      const medianNs = ((medianMs * 1e6) / DEPTH) * (depth === 0 ? factor : 1);
      for (let at = 0; at < (INSTANCES * (range.endMs - range.startMs)) / slotMs; at++) {
        cells.push({
          ...{ rootService: service, rootEndpoint: endpoint, unit, variant: '', requests: SAMPLED, spans: SAMPLED },
          ...{ build: `${unit}-${version}`, instance: `${unit}-${at % INSTANCES}-${version}` },
          slotMs: range.startMs + Math.floor(at / INSTANCES) * slotMs,
          selfTimes: drawHistogram(SAMPLED, { medianNs, log: 0 }, null, random),
        });
      }
    }
  });
  return cells;
}

/** The garbage collector, without a flag on the command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
