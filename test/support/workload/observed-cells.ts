/** Cells of requests: what a store would have sealed of their spans. */

import type { Cell } from '../../../model.ts';
import { histogramOf } from '../../../rehearse/latency.ts';
import type { Attempt, Visit } from './requests.ts';
import { type Clocked, slotOf } from './slots.ts';

interface CellTally extends Omit<Cell, 'durations' | 'retryGaps' | 'calls' | 'logicalCalls' | 'errors' | 'retries'> {
  calls: number;
  errors: number;
  retries: number;
  readonly durationsNs: number[];
  readonly gapsNs: number[];
}

type Observation = Pick<Attempt, 'startNs' | 'durationNs' | 'failed' | 'gapNs'>;

/** Cells of the slots of the arm; what begins after its end is left out. */
export function cellsOf(requests: readonly Visit[], clock: Clocked): Cell[] {
  const tallies = new Map<string, CellTally>();
  for (const request of requests) tallyVisit(request, clock, tallies);
  return [...tallies.values()].map(({ durationsNs, gapsNs, ...tally }) => ({
    ...tally,
    logicalCalls: tally.calls - tally.retries,
    durations: histogramOf(durationsNs),
    retryGaps: histogramOf(gapsNs),
  }));
}

function tallyVisit(visit: Visit, clock: Clocked, tallies: Map<string, CellTally>): void {
  const { service, endpoint, instance, build } = visit;
  if (visit.external) return;
  const own = { service, instance, build, variant: '' };
  tally({ ...own, endpoint, kind: 'SERVER', peer: '' }, { ...visit, gapNs: null }, clock, tallies);
  for (const attempt of visit.attempts) {
    const call = { ...own, endpoint: attempt.endpoint, kind: 'CLIENT', peer: attempt.callee } as const;
    tally(call, attempt, clock, tallies);
    if (attempt.visit !== null) tallyVisit(attempt.visit, clock, tallies);
  }
}

function tally(
  key: Omit<Cell, 'durations' | 'retryGaps' | 'calls' | 'logicalCalls' | 'errors' | 'retries' | 'slotMs'>,
  { startNs, durationNs, failed, gapNs }: Observation,
  clock: Clocked,
  tallies: Map<string, CellTally>,
): void {
  const slot = slotOf(startNs, clock);
  if (slot >= clock.slots) return;
  const id = `${key.kind}\n${key.instance}\n${key.build}\n${key.endpoint}\n${key.peer}\n${slot}`;
  const found = tallies.get(id) ?? {
    ...{ ...key, slotMs: clock.startMs + slot * clock.slotMs },
    ...{ calls: 0, errors: 0, retries: 0, durationsNs: [], gapsNs: [] },
  };
  tallies.set(id, found);
  found.calls += 1;
  if (failed) found.errors += 1;
  else found.durationsNs.push(durationNs);
  if (gapNs === null) return;
  found.retries += 1;
  found.gapsNs.push(gapNs);
}
