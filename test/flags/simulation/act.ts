/** One thing that may happen, and what acts share. */
import type { ServerFlag } from './flag-server.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

export type Act = (world: World) => void;

export const someFlag = ({ random, flags }: World): ServerFlag => random.pick(flags as [ServerFlag, ...ServerFlag[]]);

export function aliveOf({ processes }: World): readonly Process[] {
  return processes.filter((process) => process.isAlive());
}

/** On a process that lives; not at all where none does. */
export function withProcess(world: World, act: (process: Process) => void): void {
  const [first, ...others] = aliveOf(world);
  if (first !== undefined) act(world.random.pick([first, ...others]));
}
