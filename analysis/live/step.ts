/** The live test: what a controller runs at each look while an upgrade goes on. Pure: from a state and a look to a state and a decision. */

import type { Control } from '../../model.ts';
import { decide } from './judge.ts';
import { observe } from './observe.ts';
import { startRecent } from './recent.ts';
import { NO_OPINION } from './second-opinion.ts';
import type { LiveDecision, LiveLook, LiveState, StreamLook, Watched } from './state.ts';

export interface LiveCase {
  /** Names the upgrade and the state of its flags. A new upgrade, or a flag that was changed, is a new case. */
  readonly caseId: string;
  /** From here on counts are gathered. */
  readonly startMs: number;
  readonly control: Control;
  /** Each endpoint and signal once. */
  readonly watched: readonly Watched[];
}

export function startLive({ caseId, startMs, control, watched }: LiveCase): LiveState {
  const streams = watched.map((each) => ({
    id: streamId(each),
    watched: each,
    candidate: null,
    recent: startRecent(startMs),
    opinion: NO_OPINION,
  }));
  streams.sort((one, other) => (one.id < other.id ? -1 : 1));
  return { caseId, startMs, control, lookedMs: startMs, streams, decision: waiting(startMs, 'no look yet') };
}

/** Stable text of an endpoint and a signal: what looks are matched by. */
export function streamId({ service, endpoint, kind, peer, signal }: Watched): string {
  return JSON.stringify([service, endpoint, kind, peer, signal]);
}

const waiting = (atMs: number, text: string): LiveDecision => ({
  kind: 'wait',
  atMs,
  text,
  tested: 0,
  evidence: [],
  notes: [],
});

/**
 * The look holds the counts since the start of the case. A look that was had, that is older than the last one or has no time
 * changes nothing and gives the last decision again. A look of another case changes nothing and lets nothing be done: start
 * that case. Streams that the state does not watch have no threshold from before the upgrade and are not tested.
 */
export function stepLive(state: LiveState, look: LiveLook): { state: LiveState; decision: LiveDecision } {
  if (look.caseId !== state.caseId) return { state, decision: waiting(look.atMs, 'the look is of another case') };
  if (!(look.atMs > state.lookedMs) || !Number.isFinite(look.atMs)) return { state, decision: state.decision };
  const byId = Map.groupBy(look.streams, ({ id }) => id);
  const none: StreamLook[] = [];
  const observations = state.streams.map((stream) => observe(stream, byId.get(stream.id) ?? none, state, look.atMs));
  const decision = decide(observations, state.control, look.atMs);
  const streams = observations.map(({ stream }) => stream);
  return { state: { ...state, lookedMs: look.atMs, streams, decision }, decision };
}
