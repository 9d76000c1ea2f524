/** Cells and self times of requests: what a store that sampled every trace would have sealed. */

import type { Cell, SelfTimeCell } from '../../../model.ts';
import { histogramOf } from './latency.ts';
import type { Attempt, Visit } from './requests.ts';

export interface Clocked {
  readonly startMs: number;
  readonly slotMs: number;
  readonly slots: number;
}

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

const slotOf = (startNs: number, { slotMs }: Clocked): number => Math.floor(startNs / (slotMs * 1e6));

interface Piece {
  readonly unit: string;
  readonly build: string;
  readonly instance: string;
  spans: number;
  ns: number;
}

interface SelfTimeTally extends Omit<SelfTimeCell, 'requests' | 'spans' | 'selfTimes'> {
  spans: number;
  readonly timesNs: number[];
}

/** Self time per request, by root endpoint and unit, in the slots in which the requests began. */
export function selfTimesOf(requests: readonly Visit[], clock: Clocked): SelfTimeCell[] {
  const tallies = new Map<string, SelfTimeTally>();
  for (const request of requests) {
    const pieces = new Map<string, Piece>();
    addPieces(request, pieces);
    const slot = slotOf(request.startNs, clock);
    const root = { rootService: request.service, rootEndpoint: request.endpoint, variant: '' };
    for (const [pieceId, { unit, build, instance, spans, ns }] of pieces) {
      const id = `${request.endpoint}\n${pieceId}\n${slot}`;
      const slotMs = clock.startMs + slot * clock.slotMs;
      const found = tallies.get(id) ?? { ...root, unit, build, instance, slotMs, spans: 0, timesNs: [] };
      tallies.set(id, found);
      found.spans += spans;
      found.timesNs.push(ns);
    }
  }
  return [...tallies.values()].map(({ timesNs, ...tally }) => ({
    ...tally,
    requests: timesNs.length,
    selfTimes: histogramOf(timesNs),
  }));
}

/** A service keeps its own time; the edge has what its attempts take beyond the answer, all of it where nobody answers. */
function addPieces({ service, build, instance, ownNs, attempts }: Visit, pieces: Map<string, Piece>): void {
  add(pieces, { unit: service, build, instance, ns: ownNs });
  for (const { callee, durationNs, visit } of attempts) {
    const answered = visit === null || visit.external ? null : visit;
    const ns = durationNs - (answered?.durationNs ?? 0);
    add(pieces, { unit: `${service}->${callee}`, build, instance, ns });
    if (answered !== null) addPieces(answered, pieces);
  }
}

function add(pieces: Map<string, Piece>, { ns, ...key }: Omit<Piece, 'spans'>): void {
  const id = `${key.unit}\n${key.build}\n${key.instance}`;
  const piece = pieces.get(id) ?? { ...key, spans: 0, ns: 0 };
  pieces.set(id, piece);
  piece.spans += 1;
  piece.ns += ns;
}
