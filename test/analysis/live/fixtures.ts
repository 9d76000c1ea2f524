/** Cases and looks of the live test, with counts that are set and not drawn. */

import type { CandidateCount, LiveLook, LiveState, StreamLook, Watched } from '../../../analysis/live/state.ts';
import { startLive, streamId } from '../../../analysis/live/step.ts';
import type { Control, Signal } from '../../../model.ts';

export const START_MS = Date.UTC(2026, 10, 20, 12);
export const MINUTE_MS = 60_000;
const CALLS_A_MINUTE = 100;

export function watched(more: Partial<Watched> = {}): Watched {
  return {
    service: 'checkout',
    endpoint: 'POST /pay',
    kind: 'SERVER',
    peer: '',
    signal: 'latency.p99',
    threshold: { slow: 1_600, tolerated: 1_609 },
    tolerance: 0.1,
    floor: 0,
    spread: { tau2: 0.0225, upper: 0.0376, source: 'history' },
    ...more,
  };
}

/** Attempts per logical call go from 1.01 to 1.05: a tolerance of 2 % is passed. */
export function ofSignal(signal: Signal): Watched {
  if (signal === 'errors') return watched({ signal, threshold: null, floor: 0.001 });
  return signal === 'retries' ? watched({ signal, threshold: null, tolerance: 0.02 }) : watched({ signal });
}

export function caseOf(streams: readonly Watched[] = [watched()], control: Control = 'concurrent'): LiveState {
  return startLive({ caseId: 'upgrade-7', startMs: START_MS, control, watched: streams });
}

/** Events by minute and instance; fractions are allowed, because the sums are what is rounded. */
export interface Course {
  readonly baseline?: number;
  readonly candidate?: (minute: number) => number;
  readonly instances?: number;
  /** Share of the candidate's events that are over the tolerated threshold as well. */
  readonly beyond?: number;
}

const WORSE = 5;

/** Counts since the start, after so many minutes: every instance alike. The candidate is five times worse unless told. */
export function streamLook(of: Watched, minutes: number, course: Course = {}): StreamLook {
  const { baseline = 1, candidate = () => WORSE, instances = 10, beyond = of.threshold === null ? 1 : 0.75 } = course;
  const exposure = CALLS_A_MINUTE * minutes;
  const sum = Array.from({ length: minutes }, (_, minute) => candidate(minute)).reduce((all, each) => all + each, 0);
  const arm = (prefix: string, events: number): CandidateCount[] =>
    Array.from({ length: instances }, (_, index) => ({
      instance: `${prefix}-${index}`,
      events: Math.round(events),
      exposure,
      beyond: Math.round(events * beyond),
    }));
  return { id: streamId(of), baseline: arm('old', baseline * minutes), candidate: arm('new', sum) };
}

export function look(minutes: number, streams: readonly StreamLook[], more: Partial<LiveLook> = {}): LiveLook {
  return { caseId: 'upgrade-7', atMs: START_MS + minutes * MINUTE_MS, streams, ...more };
}
