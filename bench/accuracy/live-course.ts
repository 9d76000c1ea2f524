/** One simulated release under the live test: an hour of history, then an hour of looks. */

import { DEFAULT_SETTINGS } from '../../analysis/input/settings.ts';
import { estimateSpread } from '../../analysis/live/spread.ts';
import type { CandidateCount, StreamLook, Watched } from '../../analysis/live/state.ts';
import { startLive, stepLive, streamId } from '../../analysis/live/step.ts';
import { freezeThreshold, tailIndex } from '../../analysis/live/threshold.ts';
import type { Histogram } from '../../model.ts';
import { type Arm, createArm, type Truth } from './live-stream.ts';

const LOOKS = 60;
const HISTORY_MINUTES = 60;
const MINUTE_MS = 60_000;
const P = 0.99;

export interface Course {
  /** Minutes until the first suspicion, and until the first action; null when there was none in an hour. */
  readonly suspected: number | null;
  readonly acted: number | null;
}

/** One look a minute; it ends with an action. */
export function follow(truth: Truth): Course {
  const [baseline, candidate] = [createArm(truth, 'baseline'), createArm(truth, 'candidate')];
  const watched = learn(baseline);
  let state = startLive({ caseId: 'case', startMs: 0, control: 'concurrent', watched: [watched] });
  const sums: Sums = { baseline: new Map(), candidate: new Map() };
  const course: { suspected: number | null; acted: number | null } = { suspected: null, acted: null };
  for (let minute = 1; minute <= LOOKS && course.acted === null; minute++) {
    addMinute(sums.baseline, baseline.nextMinute(), watched);
    addMinute(sums.candidate, candidate.nextMinute(), watched);
    state = stepLive(state, {
      caseId: 'case',
      atMs: minute * MINUTE_MS,
      streams: [streamLook(streamId(watched), sums)],
    }).state;
    if (state.decision.kind !== 'wait') course.suspected ??= minute;
    if (state.decision.kind === 'act') course.acted = minute;
  }
  return course;
}

function learn(baseline: Arm): Watched {
  const minutes = Array.from({ length: HISTORY_MINUTES }, baseline.nextMinute);
  const before = histogramOf(minutes);
  const tolerance = { ratio: DEFAULT_SETTINGS.tolerances.p99, floorNs: DEFAULT_SETTINGS.floorMs * 1e6 };
  const threshold = freezeThreshold(before, P, tolerance);
  if (threshold === null) throw new Error('the history is empty');
  const counts = Array.from({ length: minutes[0]?.length ?? 0 }, (_, instance) => {
    const own = minutes.flatMap((calls) => [...(calls[instance] ?? [])]);
    return { events: own.filter((bucket) => bucket > threshold.slow).length, exposure: own.length };
  });
  const assumed = (DEFAULT_SETTINGS.instanceSd * tailIndex(before, threshold)) ** 2;
  return {
    service: 'shop',
    endpoint: 'GET /cart',
    kind: 'SERVER',
    peer: '',
    signal: 'latency.p99',
    threshold,
    tolerance: tolerance.ratio,
    floor: 0,
    spread: estimateSpread(counts, assumed),
  };
}

function histogramOf(minutes: readonly (readonly Int16Array[])[]): Histogram {
  const counts = new Map<number, number>();
  for (const own of minutes.flat()) {
    for (const bucket of own) counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  const buckets = [...counts.keys()].sort((one, other) => one - other);
  return { buckets, counts: buckets.map((bucket) => counts.get(bucket) ?? 0) };
}

interface Sums {
  readonly baseline: Map<string, CandidateCount>;
  readonly candidate: Map<string, CandidateCount>;
}

function addMinute(sums: Map<string, CandidateCount>, calls: readonly Int16Array[], { threshold }: Watched): void {
  const { slow, tolerated } = threshold ?? { slow: 0, tolerated: 0 };
  calls.forEach((own, index) => {
    const instance = String(index);
    const before = sums.get(instance) ?? { events: 0, exposure: 0, beyond: 0 };
    let { events, beyond } = before;
    for (const bucket of own) {
      if (bucket > slow) events++;
      if (bucket > tolerated) beyond++;
    }
    sums.set(instance, { instance, events, exposure: before.exposure + own.length, beyond });
  });
}

/** The candidate's instances are fresh ones. */
const streamLook = (id: string, { baseline, candidate }: Sums): StreamLook => ({
  id,
  baseline: [...baseline.values()],
  candidate: [...candidate.values()].map((count) => ({ ...count, instance: `new-${count.instance}` })),
});
