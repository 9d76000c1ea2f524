/** The live test fed slot by slot: a fold, so that the same slots give the same state, whether at once or one at a time. */

import type { Cell } from '../../model.ts';
import { groupBy } from '../control/cluster.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { lookAt, watchedIn } from './cells.ts';
import { type ConcurrentArms, concurrentArms, type Served, servedIn } from './concurrent.ts';
import type { CandidateCount, InstanceCount, LiveState, StreamLook } from './state.ts';
import { startLive, stepLive } from './step.ts';

/** Plain JSON. */
export interface LiveFeed {
  readonly live: LiveState;
  readonly served: Served;
  /** Counts since the start of the case; streams without any are absent. */
  readonly sums: readonly StreamLook[];
  /** Slot in which a process (instance and build) that did not serve before was first seen; `null`: it served before. */
  readonly firstSeen: Readonly<Record<string, number | null>>;
  /** Slots that begin before this are in; milliseconds since the Unix epoch. */
  readonly untilMs: number;
}

export interface FeedCase {
  readonly caseId: string;
  /** Begin of a slot. */
  readonly startMs: number;
  /** From before the upgrade, of the services to be watched. */
  readonly before: readonly Cell[];
  readonly settings: AnalysisSettings;
}

export function startFeed({ caseId, startMs, before, settings }: FeedCase): LiveFeed {
  return {
    live: startLive({ caseId, startMs, control: 'concurrent', watched: watchedIn(before, settings) }),
    served: servedIn(before),
    sums: [],
    firstSeen: Object.fromEntries(before.map((cell) => [processOf(cell), null])),
    untilMs: startMs,
  };
}

export interface Slots {
  /** Of whole slots that begin at `untilMs` of the feed or later; older ones are in already and left out. */
  readonly cells: readonly Cell[];
  readonly slotMs: number;
  /** Slots that begin before this are complete. */
  readonly untilMs: number;
}

/** One look a slot in which old and new both served; `warmupMs` of each new process is left out. */
export function feed(state: LiveFeed, { cells, slotMs, untilMs }: Slots, warmupMs: number): LiveFeed {
  const bySlot = Map.groupBy(cells, (cell) => cell.slotMs);
  const due = [...bySlot.keys()].filter((slot) => slot >= state.untilMs && slot < untilMs).sort((a, b) => a - b);
  const fed = due.reduce((now, slot) => feedSlot(now, slot, bySlot.get(slot) ?? [], { slotMs, warmupMs }), state);
  return { ...fed, untilMs: Math.max(state.untilMs, untilMs) };
}

interface Times {
  readonly slotMs: number;
  readonly warmupMs: number;
}

function feedSlot(state: LiveFeed, slot: number, cells: readonly Cell[], { slotMs, warmupMs }: Times): LiveFeed {
  const fresh = cells.filter((cell) => !(processOf(cell) in state.firstSeen));
  const firstSeen = { ...state.firstSeen, ...Object.fromEntries(fresh.map((cell) => [processOf(cell), slot])) };
  const isWarm = (cell: Cell) => slot >= (firstSeen[processOf(cell)] ?? Number.NEGATIVE_INFINITY) + warmupMs;
  const arms = concurrentArms(cells.filter(isWarm), state.served);
  if (arms.candidate.length === 0) return { ...state, firstSeen };
  const sums = addUp(state, arms, slot + slotMs);
  const { state: live } = stepLive(state.live, { caseId: state.live.caseId, atMs: slot + slotMs, streams: sums });
  return { ...state, live, firstSeen, sums };
}

function addUp({ live, sums }: LiveFeed, arms: ConcurrentArms, atMs: number): StreamLook[] {
  const before = new Map(sums.map((sum) => [sum.id, sum]));
  return lookAt(live, arms, atMs).streams.flatMap(({ id, baseline, candidate }) => {
    const known = before.get(id) ?? { id, baseline: [], candidate: [] };
    if (candidate.length === 0) return before.has(id) ? [known] : [];
    const sum = {
      id,
      baseline: merge([...known.baseline, ...baseline], addCounts),
      candidate: merge([...known.candidate, ...candidate], addBeyond),
    };
    return [sum];
  });
}

function merge<T extends InstanceCount>(counts: readonly T[], add: (one: T, other: T) => T): T[] {
  return groupBy(counts, ({ instance }) => instance).map(({ members }) => members.reduce(add));
}

const addCounts = (one: InstanceCount, other: InstanceCount): InstanceCount => ({
  instance: one.instance,
  events: one.events + other.events,
  exposure: one.exposure + other.exposure,
});

const addBeyond = (one: CandidateCount, other: CandidateCount): CandidateCount => ({
  ...addCounts(one, other),
  beyond: one.beyond + other.beyond,
});

const processOf = ({ instance, build }: Cell) => `${instance}\n${build}`;
