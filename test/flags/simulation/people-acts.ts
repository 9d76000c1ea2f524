/** What people do: in the flag server's console, and by word to a controller. */
import { HingeError } from '../../../errors.ts';
import type { Change } from '../../../flags/change.ts';
import { LADDER } from '../fixtures.ts';
import { type Act, aliveOf, someFlag, withProcess } from './act.ts';
import { upgrade } from './fault-acts.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

const PEOPLE = ['ada', 'bob', 'cem'] as const;

export const edit: Act = (world) => {
  const { random, server } = world;
  const { name, enabled, settings } = someFlag(world);
  const place = { strategyId: 's1', variant: 0 };
  const change = random.weighted<Change>([
    [4, { kind: enabled ? 'disable' : 'enable' }],
    [1, { kind: 'payload', place, from: settings.payload, to: random.pick(LADDER as [string, ...string[]]) }],
    [1, { kind: 'rollout', strategyId: 's1', from: settings.rollout, to: random.pick(['100', '70', '50', '3']) }],
  ]);
  server.byPerson(name, change, random.pick(PEOPLE));
  if (random.chance(0.1)) upgrade(world);
};

/** Right when the controller is likely to be writing. */
export const editSoon: Act = (world) => world.time.after(world.random.int(0, 400), () => edit(world));

export const tag: Act = (world) => {
  const flag = someFlag(world);
  const isTagged = flag.tags.includes('simple:hinge-hold');
  flag.tags = isTagged ? ['simple:hinge-managed'] : ['simple:hinge-managed', 'simple:hinge-hold'];
};

export function holdOn(world: World, { name, controller }: Process, flag: string): void {
  const onWritten = world.referee.people.onHold(name, flag);
  controller.hold(flag, world.random.pick(PEOPLE)).then((isWritten) => {
    if (isWritten) onWritten();
  });
}

export const hold: Act = (world) => withProcess(world, (process) => holdOn(world, process, someFlag(world).name));

export const rearm: Act = (world) =>
  withProcess(world, ({ name, controller }) => {
    const flag = someFlag(world).name;
    try {
      controller.rearm(flag, world.random.pick(PEOPLE));
      world.referee.people.onRearm(name, flag);
    } catch (thrown) {
      if (!(thrown instanceof HingeError)) throw thrown;
    }
  });

/** A person looks what awaits, and agrees with it a little later. */
export const agree: Act = (world) =>
  withProcess(world, ({ controller }) => {
    const waiting = controller.states().filter(({ awaits }) => awaits !== null);
    for (const { flag, environment, awaits } of waiting) {
      if (awaits === null || world.random.chance(0.2)) continue;
      const actor = world.random.pick(PEOPLE);
      const choice = { environment, id: awaits.id };
      const said = awaits.kind === 'change' ? controller.approve : controller.restore;
      world.time.after(world.random.int(0, 3_000), () => {
        world.referee.people.onApproval(flag, actor, awaits.id);
        said(flag, actor, choice).catch((thrown: unknown) => {
          if (thrown instanceof HingeError || thrown instanceof Error) return;
          throw thrown;
        });
      });
    }
  });

export function stopOn(world: World, { name, controller }: Process): void {
  controller.stop({ actor: 'ada', way: 'api' });
  world.referee.people.onStop(name);
}

export const stop: Act = (world) => withProcess(world, (process) => stopOn(world, process));

export const resume: Act = (world) => {
  for (const { name, controller } of aliveOf(world)) {
    world.referee.people.onResume(name);
    controller.resume({ actor: 'ada', way: 'api' });
  }
};
