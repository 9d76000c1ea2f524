/** How long one analysis takes and how much memory it needs: 500 endpoints on 20 instances each. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { drawCells } from '../../test/support/workload/cells.ts';
import type { Block, Row } from './row.ts';
import { CELL_PLAN, judge, plainEndpoints } from './simulate.ts';

const MB = 2 ** 20;

export const speedBlock: Block = async ({ quick, say }) => {
  const slots = quick ? 6 : 24;
  const [endpoints, instances, callsPerCell] = [500, 20, 20];
  const collect = collector();
  collect();
  const emptyMb = process.memoryUsage().heapUsed / MB;
  const calls = instances * slots * callsPerCell;
  const arms = drawCells({ ...CELL_PLAN, endpoints: plainEndpoints(endpoints, calls), instances, slots, seed: 1 });
  collect();
  const heldMb = process.memoryUsage().heapUsed / MB - emptyMb;
  const cells = arms.baseline.cells.length + arms.candidate.cells.length;
  say(`speed: ${cells} cells, ${heldMb.toFixed(0)} MB`);
  const before = process.memoryUsage().rss / MB;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  judge(arms, 1);
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const more = process.resourceUsage().maxRSS / 1024 - before;
  const of = `one analysis of ${endpoints} endpoints x ${instances} instances x ${slots} slots (${cells} cells)`;
  const row = (what: string, measured: number, unit: string): Row => ({
    ...{ what: `${what}: ${of}`, measured, unit, n: 1, interval: null, target: null, record: '' },
  });
  return [
    row('elapsed', seconds, 's'),
    row('processor', (user + system) / 1e6, 's'),
    row('memory of the cells', heldMb, 'MB'),
    row('more at the peak, when this block runs first', more, 'MB'),
  ];
};

/** The garbage collector, without a flag on the command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
