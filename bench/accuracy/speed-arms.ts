/** The traffic that speed is measured on: 500 endpoints on 20 instances each, 24 slots an arm. */

import { createRandom } from '../../analysis/statistics/random.ts';
import { CELLS } from '../../cells/cell.ts';
import { rowsInOrder } from '../../cells/order.ts';
import { inOneTable } from '../../cells/row.ts';
import { SELF_TIMES } from '../../cells/self-time.ts';
import { type Arms, drawCells, type EndpointPlan } from '../../rehearse/cells.ts';
import { drawHistogram } from '../../rehearse/latency.ts';
import { CELL_PLAN, plainEndpoints } from './simulate.ts';

const [ENDPOINTS, INSTANCES, SLOTS] = [500, 20, 24];
/** Root endpoints, and services that each passes; the sampled requests of a root in one slot of one instance. */
const [ROOTS, DEPTH, SAMPLED] = [25, 12, 5];

export interface Traffic {
  readonly callsPerCell: number;
  /** One service in twelve of each root endpoint is slower, and so is the root. */
  readonly traced: boolean;
  /** A quarter of the slots. */
  readonly quick: boolean;
}

export function drawArms({ callsPerCell, traced, quick }: Traffic): Arms {
  const slots = quick ? SLOTS / 4 : SLOTS;
  const effect = { slower: 0.3 };
  const endpoints = plainEndpoints(ENDPOINTS, INSTANCES * slots * callsPerCell).map(
    (plan, index): EndpointPlan => (traced && index < ROOTS ? { ...plan, effect } : plan),
  );
  const drawn = drawCells({ ...CELL_PLAN, endpoints, instances: INSTANCES, slots, seed: 1 });
  const arms = { baseline: asRead(drawn.baseline), candidate: asRead(drawn.candidate) };
  if (!traced) return arms;
  return {
    baseline: { ...arms.baseline, selfTimes: selfTimesOf(arms.baseline, endpoints, 1) },
    candidate: { ...arms.candidate, selfTimes: selfTimesOf(arms.candidate, endpoints, 1.3) },
  };
}

/** In the order in which the store gives them. */
const asRead = (arm: Arms['baseline']): Arms['baseline'] => ({
  ...arm,
  cells: rowsInOrder(inOneTable(arm.cells, CELLS).table, CELLS),
});

function selfTimesOf({ range, slotMs }: Arms['baseline'], endpoints: readonly EndpointPlan[], factor: number) {
  const random = createRandom(range.startMs);
  const table = SELF_TIMES.createTable();
  const version = factor > 1 ? 'v2' : 'v1';
  endpoints.slice(0, ROOTS).forEach(({ service, endpoint, medianMs }, root) => {
    for (let depth = 0; depth < DEPTH; depth++) {
      // The first unit is the root's own service; the others stand further down the list of services.
      const unit = depth === 0 ? service : `service${10 + ((root + depth) % 90)}`;
      const medianNs = ((medianMs * 1e6) / DEPTH) * (depth === 0 ? factor : 1);
      for (let at = 0; at < (INSTANCES * (range.endMs - range.startMs)) / slotMs; at++) {
        SELF_TIMES.append(table, {
          ...{ rootService: service, rootEndpoint: endpoint, unit, variant: '', requests: SAMPLED, spans: SAMPLED },
          ...{ build: `${unit}-${version}`, instance: `${unit}-${at % INSTANCES}-${version}` },
          slotMs: range.startMs + Math.floor(at / INSTANCES) * slotMs,
          selfTimes: drawHistogram(SAMPLED, { medianNs, log: 0 }, null, random),
        });
      }
    }
  });
  return rowsInOrder(table, SELF_TIMES);
}
