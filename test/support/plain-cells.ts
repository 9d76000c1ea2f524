/** Cells as objects of their own, to be compared and changed: in a table a cell is a view, of which a spread copies nothing. */

import type { Cell, Histogram, SelfTimeCell } from '../../model.ts';

const plainHistogram = ({ buckets, counts }: Histogram): Histogram => ({ buckets: [...buckets], counts: [...counts] });

export function plainCell(cell: Cell): Cell {
  const { service, endpoint, kind, peer, build, variant, instance, slotMs, calls, errors, retries, logicalCalls } =
    cell;
  return {
    ...{ service, endpoint, kind, peer, build, variant, instance, slotMs, calls, errors, retries, logicalCalls },
    durations: plainHistogram(cell.durations),
    retryGaps: plainHistogram(cell.retryGaps),
  };
}

export function plainSelfTime(cell: SelfTimeCell): SelfTimeCell {
  const { rootService, rootEndpoint, unit, build, variant, instance, slotMs, requests, spans } = cell;
  return {
    ...{ rootService, rootEndpoint, unit, build, variant, instance, slotMs, requests, spans },
    selfTimes: plainHistogram(cell.selfTimes),
  };
}
