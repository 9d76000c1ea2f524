/** One schedule: a world from a seed, acts in any order, calm, and the promises that were broken. */
import { ACTS, ensureOne, moment } from './acts.ts';
import { heal } from './fault-acts.ts';
import { resume } from './people-acts.ts';
import { createRandom } from './random.ts';
import { createWorld, type World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly broken: readonly string[];
  /** How often each state was entered, and each kind of change made: what the schedule was about. */
  readonly seen: ReadonlyMap<string, number>;
  /** The journal and the events of the flags, for people. */
  story(): string;
}

/** Weights of how long nothing new happens. */
const WAITS: readonly (readonly [number, number])[] = [
  [4, 200],
  [6, 2_000],
  [8, 8_000],
  [6, 30_000],
  [4, 75_000],
  [2, 200_000],
  [0.5, 1_000_000],
];

/** Writes that were late have come, and more than once the controller has looked. */
const CALM_MS = 150_000;

async function pass(world: World, ms: number): Promise<void> {
  // In a long quiet time fewer looks say the same.
  world.lookEveryMs = Math.max(5_000, ms / 12);
  await world.time.pass(ms);
  world.lookEveryMs = 5_000;
}

function seenIn({ store, flags, processes, leases }: World): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  for (const { state } of store.entries) count(state);
  for (const { events } of flags) for (const { ours, change } of events) count(ours ? change.kind : 'person');
  for (const process of processes) count(process.isAlive() ? 'alive' : 'crashed');
  if (leases !== null) count('lease');
  return seen;
}

function storyOf({ store, flags }: World): string {
  const lines = store.entries.map(({ atMs, actor, flag, state, text, intent }) => ({
    atMs,
    text: `${actor} ${flag} ${state}: ${text} ${intent}`,
  }));
  const events = flags.flatMap(({ name, events: all }) =>
    all.map(({ id, atMs, actor, change }) => ({
      atMs,
      text: `  event ${id} of ${actor}: ${name} ${JSON.stringify(change)}`,
    })),
  );
  const all = [...lines, ...events].sort((a, b) => a.atMs - b.atMs);
  return all.map(({ atMs, text }) => `${atMs} ${text}`).join('\n');
}

export async function runSchedule(seed: number): Promise<Outcome> {
  const random = createRandom(seed);
  const world = createWorld(random);
  world.atMoment = (process, flag) => moment(world, process, flag);
  world.start();
  if (world.leases !== null) world.start();
  await pass(world, random.int(0, 70_000));
  const acts = random.int(8, 40);
  for (let done = 0; done < acts; done++) {
    random.weighted(ACTS)(world);
    await pass(world, random.weighted(WAITS) * random.next());
  }
  world.atMoment = () => undefined;
  heal(world);
  resume(world);
  ensureOne(world);
  for (const process of world.processes) process.dieAt(null);
  await pass(world, CALM_MS);
  world.referee.onCalm(world.flags);
  return { seed, broken: world.referee.broken, seen: seenIn(world), story: () => storyOf(world) };
}
