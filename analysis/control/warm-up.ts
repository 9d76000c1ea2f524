/** Processes that started within an arm: their first minute is left out, because a cold process is slow by itself. */

import type { ArmData } from '../input/settings.ts';
import type { Versioned } from './control.ts';

export interface Warmed {
  readonly arm: ArmData;
  readonly notes: readonly string[];
}

/** When a process was first and last seen. */
interface Seen {
  first: number;
  last: number;
}

/** By build, then by instance: a process is an instance with one build. */
export type Processes = ReadonlyMap<string, ReadonlyMap<string, Seen>>;

/** Of all that an arm holds. */
export function processesOf({ cells, selfTimes }: Pick<ArmData, 'cells' | 'selfTimes'>): Processes {
  const processes = new Map<string, Map<string, Seen>>();
  for (const members of [cells, selfTimes]) note(members, processes);
  return processes;
}

function note(members: readonly Versioned[], known: Map<string, Map<string, Seen>>): void {
  let last: { readonly build: string; readonly instance: string; readonly seen: Seen } | null = null;
  for (let index = 0; index < members.length; index++) {
    const { build, instance, slotMs } = members[index] as Versioned;
    if (last === null || last.instance !== instance || last.build !== build)
      last = { build, instance, seen: seenOf(known, build, instance, slotMs) };
    const { seen } = last;
    if (slotMs < seen.first) seen.first = slotMs;
    if (slotMs > seen.last) seen.last = slotMs;
  }
}

function seenOf(known: Map<string, Map<string, Seen>>, build: string, instance: string, slotMs: number): Seen {
  const ofBuild = known.get(build) ?? new Map<string, Seen>();
  known.set(build, ofBuild);
  const seen = ofBuild.get(instance) ?? { first: slotMs, last: slotMs };
  ofBuild.set(instance, seen);
  return seen;
}

const isKnown = (processes: Processes, build: string, instance: string): boolean =>
  processes.get(build)?.has(instance) === true;

/**
 * `processes`: of the arm. One starts when it is first seen, unless that is the arm's first slot or the other arm (`known`) knew it already:
 * then it was there before. A process that is seen for less than twice the warm-up is kept, because otherwise little or
 * nothing of it would be left.
 */
export function withoutWarmUp(
  name: string,
  arm: ArmData,
  { processes, known }: { readonly processes: Processes; readonly known: Processes },
  warmupMs: number,
): Warmed {
  const seen = [...processes].flatMap(([build, own]) =>
    [...own].map(([instance, { first, last }]) => ({ build, instance, first, last })),
  );
  const armStart = seen.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY);
  const started = seen.filter(
    ({ build, instance, first }) => first !== armStart && !isKnown(known, build, instance) && warmupMs > 0,
  );
  const isLong = ({ first, last }: Seen) => last + arm.slotMs - first >= 2 * warmupMs;
  const warmed = started.filter(isLong);
  return {
    arm: warmed.length > 0 ? leftOut(arm, warmed, warmupMs) : arm,
    notes: notesOf(name, warmed.length, started.length - warmed.length, warmupMs / 1000),
  };
}

interface Process extends Seen {
  readonly build: string;
  readonly instance: string;
}

function leftOut(arm: ArmData, started: readonly Process[], warmupMs: number): ArmData {
  const cold = new Map([...Map.groupBy(started, ({ build }) => build)].map(([build, own]) => [build, firstSeen(own)]));
  const isWarm = ({ build, instance, slotMs }: Versioned) =>
    slotMs >= (cold.get(build)?.get(instance) ?? Number.NEGATIVE_INFINITY) + warmupMs;
  return { ...arm, cells: arm.cells.filter(isWarm), selfTimes: arm.selfTimes.filter(isWarm) };
}

const firstSeen = (processes: readonly Process[]) => new Map(processes.map(({ instance, first }) => [instance, first]));

function notesOf(name: string, warmed: number, short: number, seconds: number): string[] {
  return [
    ...(warmed > 0 ? [`Warm-up left out in the ${name}: the first ${seconds} s of ${warmed} processes.`] : []),
    ...(short > 0
      ? [`Warm-up kept in the ${name}: ${short} processes that started in it were seen for less than ${2 * seconds} s.`]
      : []),
  ];
}
