/** The live test on streams with a known truth: how often nothing alarms, and how soon a slower p99 is found. Runs alone as well. */

import { estimateSpread } from '../../analysis/live/spread.ts';
import type { CandidateCount, StreamLook, Watched } from '../../analysis/live/state.ts';
import { startLive, stepLive, streamId } from '../../analysis/live/step.ts';
import { freezeThreshold, tailIndex } from '../../analysis/live/threshold.ts';
import { DEFAULT_SETTINGS } from '../../analysis/settings.ts';
import type { Histogram } from '../../model.ts';
import { type Arm, createArm, QUIET, type Truth } from './live-stream.ts';
import { type BlockOptions, type Row, shareRow } from './row.ts';

const LOOKS = 60;
const HISTORY_MINUTES = 60;
const MINUTE_MS = 60_000;
const P = 0.99;

interface Course {
  /** Minutes until the first suspicion, and until the first action; null when there was none in an hour. */
  readonly suspected: number | null;
  readonly acted: number | null;
}

/** An hour of history, then an hour of looks, one a minute. */
function follow(truth: Truth): Course {
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
  for (const bucket of minutes.flatMap((calls) => calls.flatMap((own) => [...own]))) {
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
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

const NOISES = [
  { name: 'no noise in time', noise: QUIET, target: 0.02 },
  {
    name: 'each instance drifts, AR(1) .7, sd 5 %',
    noise: { of: 'instance', sd: 0.05, correlation: 0.7 },
    target: 0.02,
  },
  {
    name: 'each arm drifts by itself, AR(1) .7, sd 5 %',
    noise: { of: 'arm', sd: 0.05, correlation: 0.7 },
    target: 0.05,
  },
] as const;

const POWERS = [
  { slower: 0.1, runs: 100, minutes: null },
  { slower: 0.2, runs: 200, minutes: 6 },
  { slower: 0.5, runs: 200, minutes: null },
] as const;

export async function live({ quick, say }: BlockOptions): Promise<readonly Row[]> {
  const scale = quick ? 0.1 : 1;
  const courses = (runs: number, truth: Omit<Truth, 'seed' | 'callsPerMinute'>) =>
    Array.from({ length: Math.ceil(runs * scale) }, (_, run) =>
      follow({ seed: 1 + run, callsPerMinute: 1_000, ...truth }),
    );
  const rows: Row[] = [];
  for (const { name, noise, target } of NOISES) {
    say(`live: A/A, ${name}`);
    rows.push(...falseAlarms(name, courses(A_A_RUNS, { slower: 0, noise }), target));
  }
  for (const { slower, runs, minutes } of POWERS) {
    say(`live: +${100 * slower} %`);
    rows.push(...detection(slower, courses(runs, { slower, noise: QUIET }), minutes));
  }
  return rows;
}

const A_A_RUNS = 1_000;

function falseAlarms(name: string, courses: readonly Course[], atMost: number): Row[] {
  const count = (key: keyof Course) => courses.filter((course) => course[key] !== null).length;
  return [
    shareRow(`A/A over 60 looks, ${name}: suspected`, count('suspected'), courses.length, { atMost }),
    shareRow(`A/A over 60 looks, ${name}: acted on`, count('acted'), courses.length, { atMost }),
  ];
}

function detection(slower: number, courses: readonly Course[], minutes: number | null): Row[] {
  const name = `p99 +${100 * slower} %, 1,000 requests a minute an arm`;
  return (['suspected', 'acted'] as const).flatMap((key) => {
    const found = courses.map((course) => course[key] ?? Number.POSITIVE_INFINITY).sort((one, other) => one - other);
    const hits = found.filter(Number.isFinite).length;
    const target = key === 'suspected' && minutes !== null ? { atMost: minutes } : null;
    return [
      shareRow(`${name}: ${key} within an hour`, hits, courses.length, null),
      {
        what: `${name}: minutes until ${key}, median`,
        unit: 'min',
        n: courses.length,
        target,
        record: '',
        ...median(found),
      },
    ];
  });
}

/** With the 95 % interval from order statistics (normal approximation of the binomial); null beyond the hour. */
function median(sorted: readonly number[]): Pick<Row, 'measured' | 'interval'> {
  const at = (rank: number) =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))] ?? Number.POSITIVE_INFINITY;
  const [middle, half] = [(sorted.length - 1) / 2, 0.98 * Math.sqrt(sorted.length)];
  const measured = at(middle);
  return {
    measured: Number.isFinite(measured) ? measured : null,
    interval: Number.isFinite(measured) ? [at(middle - half), at(middle + half)] : null,
  };
}

if (import.meta.main) {
  const rows = await live({ quick: process.argv.includes('--quick'), say: (line) => console.error(line) });
  for (const { what, measured, unit, interval, n, target } of rows) {
    const show = (value: number | null) =>
      value === null ? '-' : unit === undefined ? `${(100 * value).toFixed(1)} %` : `${value} ${unit}`;
    const aim =
      target === null
        ? ''
        : 'atMost' in target
          ? `target <= ${show(target.atMost)}`
          : `target >= ${show(target.atLeast)}`;
    console.log(`${what}: ${show(measured)} [${(interval ?? []).map(show).join(', ')}] n=${n} ${aim}`);
  }
}
