/** Who is counted as one: groups of cells that stand as independent replicates, instances where there are enough. */

import { distinct } from '../input/distinct.ts';
import { groupRuns } from '../input/groups.ts';
import type { Decisive } from '../statistics/power.ts';
import { hashOf } from '../statistics/random.ts';

/** The part of a cell (of calls or of self time) that says where and when. */
export interface Placed {
  readonly instance: string;
  readonly slotMs: number;
}

export interface Cluster<T> {
  readonly id: string;
  readonly members: readonly T[];
}

/** Both arms in clusters. `paired`: the same instances stand on both sides, in the same order. */
export interface ClusteredArms<T> {
  readonly baseline: readonly Cluster<T>[];
  readonly candidate: readonly Cluster<T>[];
  readonly unit: 'instance' | 'block';
  readonly paired: boolean;
  /**
   * Where blocks stand in and the candidate's instances are not the baseline's, the difference between instances cannot
   * be estimated: the variance of one instance counts this many times (1/n + 1/m). 0 where it can, or cancels.
   */
  readonly unseenInstances: number;
}

const MOST_CLUSTERS = 32;
/** Under this many instances, by number or by how the load is spread, blocks of time stand in. */
const FEWEST_INSTANCES = 4;
const LEAST_SPREAD = 3;
/** Blocks an arm: enough for a variance, and each as long as possible, because neighbouring slots resemble each other. */
const BLOCKS_PER_ARM = 8;

/** The test of instances is calibrated; blocks of time cannot show how instances differ, so more is asked of them. */
export const decisiveFor = ({ unit }: Pick<ClusteredArms<unknown>, 'unit'>): Decisive =>
  unit === 'instance' ? 'estimate' : 'interval';

export function clusterArms<T extends Placed>(
  baseline: readonly T[],
  candidate: readonly T[],
  weightOf: (member: T) => number,
): ClusteredArms<T> {
  const [before, after] = [byInstance(baseline), byInstance(candidate)];
  const same = before.length === after.length && before.every(({ id }, index) => id === after[index]?.id);
  if (!enoughInstances(before, weightOf) || !enoughInstances(after, weightOf)) {
    const unseenInstances = same ? 0 : 1 / before.length + 1 / after.length;
    return { baseline: blocks(baseline), candidate: blocks(candidate), unit: 'block', paired: false, unseenInstances };
  }
  const arms = { baseline: atMost(before, baseline), candidate: atMost(after, candidate) };
  return { ...arms, unit: 'instance', paired: same, unseenInstances: 0 };
}

const byInstance = <T extends Placed>(members: readonly T[]) => groupBy(members, ({ instance }) => instance);

export function instanceCount(members: readonly Placed[]): number {
  return distinct(members, ({ instance }) => instance).size;
}

/** Groups by key, in order of key. */
export function groupBy<T>(members: readonly T[], keyOf: (member: T) => string): Cluster<T>[] {
  return [...groupRuns(members, keyOf)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, inGroup]) => ({ id, members: inGroup }));
}

/** Kish's effective number, (sum w)^2 / sum w^2, guards against one instance that carries nearly all of the load. */
function enoughInstances<T>(instances: readonly Cluster<T>[], weightOf: (member: T) => number): boolean {
  const weights = instances.map(({ members }) => members.reduce((sum, member) => sum + weightOf(member), 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  return weights.length >= FEWEST_INSTANCES && total * total >= LEAST_SPREAD * squares;
}

/** A fleet larger than the limit is hashed: an instance keeps its cluster in both arms. */
function atMost<T extends Placed>(instances: readonly Cluster<T>[], members: readonly T[]): readonly Cluster<T>[] {
  if (instances.length <= MOST_CLUSTERS) return instances;
  return groupBy(members, ({ instance }) => String(hashOf(instance) % MOST_CLUSTERS).padStart(2, '0'));
}

function blocks<T extends Placed>(members: readonly T[]): Cluster<T>[] {
  const slots = [...distinct(members, ({ slotMs }) => slotMs)].sort((one, other) => one - other);
  const perInstance = Math.min(slots.length, Math.ceil(BLOCKS_PER_ARM / Math.max(1, instanceCount(members))));
  const blockOf = new Map(slots.map((slot, index) => [slot, Math.floor((index * perInstance) / slots.length)]));
  return groupBy(members, ({ instance, slotMs }) => `${instance}\n${blockOf.get(slotMs)}`);
}
