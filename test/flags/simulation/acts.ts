/** What may happen, by how often, and what befalls the processes themselves. */
import { type Act, aliveOf, withProcess } from './act.ts';
import * as faults from './fault-acts.ts';
import * as people from './people-acts.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

const crash: Act = (world) =>
  withProcess(world, (process) => {
    const { random, time } = world;
    if (random.chance(0.2)) process.die();
    else process.dieAt({ calls: random.int(0, 12), isSent: random.chance(0.5) });
    if (random.chance(0.8)) time.after(random.int(1_000, 30_000), () => ensureOne(world));
  });

export function ensureOne(world: World): void {
  if (aliveOf(world).length === 0) world.start();
}

/** Between the line and the write: a person's word, a long silence in which the lease ends, or death. */
export function moment(world: World, process: Process, flag: string): void {
  const { random, time } = world;
  if (!random.chance(0.1)) return;
  const happen = random.pick([
    () => people.stopOn(world, process),
    () => people.holdOn(world, process, flag),
    () => process.pause(random.int(10_000, 40_000)),
    () => process.dieAt({ calls: 0, isSent: random.chance(0.5) }),
  ]);
  time.after(random.int(0, 30), () => {
    if (process.isAlive()) happen();
  });
  time.after(random.int(10_000, 60_000), () => ensureOne(world));
}

/** Where there is a lease there may be two. */
const another: Act = (world) => {
  if (world.leases !== null && aliveOf(world).length < 2) world.start();
  ensureOne(world);
};

const pause: Act = (world) => withProcess(world, (process) => process.pause(world.random.int(1_000, 40_000)));

const leaseDown: Act = ({ leases, random }) => {
  if (leases !== null) leases.isDown = random.chance(0.5);
};

export const ACTS: readonly (readonly [weight: number, act: Act])[] = [
  [8, faults.fault],
  [4, people.edit],
  [4, people.editSoon],
  [1, people.tag],
  [2, people.hold],
  [4, people.rearm],
  [8, people.agree],
  [1, people.stop],
  [2, people.resume],
  [5, crash],
  [3, another],
  [2, pause],
  [1, leaseDown],
  [4, faults.network],
  [3, faults.journal],
  [1, faults.storm],
  [1, faults.flap],
  [3, faults.data],
  [2, faults.report],
  [2, faults.upgrade],
  [6, faults.heal],
];
