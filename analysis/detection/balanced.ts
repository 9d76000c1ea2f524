/** Cells of old and new that serve together, weighted so that both lie alike in time. */

import type { Cell } from '../../model.ts';
import { balanceOf } from '../control/balance.ts';
import type { ControlledArms } from '../control/control.ts';
import { moved } from '../statistics/histogram.ts';

type Arms = Pick<ControlledArms<Cell>, 'baseline' | 'candidate'>;

/** Other controls compare different times by design. */
export function balanced({ control, baseline, candidate }: ControlledArms<Cell>): Arms {
  const balance = control === 'concurrent' ? balanceOf(baseline, candidate, ({ calls }) => calls) : null;
  if (balance === null) return { baseline, candidate };
  return { baseline: weigh(baseline, balance.baseline), candidate: weigh(candidate, balance.candidate) };
}

function weigh(cells: readonly Cell[], weightAt: (slotMs: number) => number): Cell[] {
  return cells.flatMap((cell) => {
    const weight = weightAt(cell.slotMs);
    return weight === 0 ? [] : [weighted(cell, weight)];
  });
}

/** Counts that are no whole numbers any more. Field by field, because rows of a table have no fields of their own. */
function weighted(cell: Cell, weight: number): Cell {
  if (weight === 1) return cell;
  const { service, endpoint, kind, peer, build, variant, instance, slotMs, retryGaps } = cell;
  return {
    ...{ service, endpoint, kind, peer, build, variant, instance, slotMs, retryGaps },
    calls: cell.calls * weight,
    errors: cell.errors * weight,
    retries: cell.retries * weight,
    logicalCalls: cell.logicalCalls * weight,
    durations: moved(cell.durations, 0, weight),
  };
}
