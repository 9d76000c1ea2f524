/** Self times of requests: what a store that sampled every trace would have sealed. */

import type { SelfTimeCell } from '../../../model.ts';
import { histogramOf } from '../../../rehearse/latency.ts';
import type { Visit } from './requests.ts';
import { type Clocked, slotOf } from './slots.ts';

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
