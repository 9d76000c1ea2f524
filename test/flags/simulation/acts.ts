/** What may happen: people, faults, crashes, upgrades. Each act changes the world a little. */
import { HingeError } from '../../../errors.ts';
import type { Change } from '../../../flags/change.ts';
import { LADDER } from '../fixtures.ts';
import type { ServerFlag } from './flag-server.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

const PEOPLE = ['ada', 'bob', 'cem'] as const;

type Act = (world: World) => void;

const someFlag = ({ random, flags }: World): ServerFlag => random.pick(flags as [ServerFlag, ...ServerFlag[]]);

function aliveOf({ processes }: World): readonly Process[] {
  return processes.filter((process) => process.isAlive());
}

/** On a process that lives; not at all where none does. */
function withProcess(world: World, act: (process: Process) => void): void {
  const [first, ...others] = aliveOf(world);
  if (first !== undefined) act(world.random.pick([first, ...others]));
}

const edit: Act = (world) => {
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
const editSoon: Act = (world) => world.time.after(world.random.int(0, 400), () => edit(world));

const tag: Act = (world) => {
  const flag = someFlag(world);
  const isTagged = flag.tags.includes('simple:hinge-hold');
  flag.tags = isTagged ? ['simple:hinge-managed'] : ['simple:hinge-managed', 'simple:hinge-hold'];
};

function holdOn(world: World, { name, controller }: Process, flag: string): void {
  const onWritten = world.referee.people.onHold(name, flag);
  controller.hold(flag, world.random.pick(PEOPLE)).then((isWritten) => {
    if (isWritten) onWritten();
  });
}

const hold: Act = (world) => withProcess(world, (process) => holdOn(world, process, someFlag(world).name));

const rearm: Act = (world) =>
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
const agree: Act = (world) =>
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

function stopOn(world: World, { name, controller }: Process): void {
  controller.stop();
  world.referee.people.onStop(name);
}

const stop: Act = (world) => withProcess(world, (process) => stopOn(world, process));

export const resume: Act = (world) => {
  for (const { name, controller } of aliveOf(world)) {
    world.referee.people.onResume(name);
    controller.resume();
  }
};

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
    () => stopOn(world, process),
    () => holdOn(world, process, flag),
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

const network: Act = ({ server, random }) => {
  server.network = random.pick(['up', 'flaky', 'flaky', 'flaky', 'down', 'refusing']);
};

const journal: Act = ({ store, random }) => {
  store.state = random.pick(['up', 'up', 'flaky', 'down']);
};

const fault: Act = ({ telemetry, random }) => {
  const service = random.pick(telemetry.services as [(typeof telemetry.services)[0], ...typeof telemetry.services]);
  service.fault = random.pick(['none', 'flag', 'flag', 'flag', 'elsewhere']);
  telemetry.note();
};

const storm: Act = ({ telemetry, random }) => {
  const kind = random.pick(['none', 'flag', 'elsewhere'] as const);
  for (const service of telemetry.services) service.fault = kind;
  telemetry.note();
};

/** Back and forth around the threshold. */
const flap: Act = (world) => {
  for (let times = 0; times < 6; times++) world.time.after(times * world.random.int(2_000, 40_000), () => fault(world));
};

const data: Act = ({ telemetry, random, time }) => {
  telemetry.silentSinceMs = random.chance(0.4) ? time.now() : null;
  telemetry.perSecond = random.pick([20, 20, 0.2]);
  telemetry.skewMs = random.pick([0, 0, -20_000, 55_000, 600_000, -600_000]);
  telemetry.isAway = random.chance(0.2);
  telemetry.note();
};

const report: Act = ({ telemetry, random }) => {
  telemetry.report = random.pick([
    ...(['empty', 'empty', 'empty', 'blames-all', 'suspicion'] as const),
    ...(['blames-another', 'external', 'not-changed', 'no-upgrade'] as const),
  ] as [typeof telemetry.report, ...(typeof telemetry.report)[]]);
};

function upgrade({ telemetry, random }: World): void {
  telemetry.upgradeId = `u${random.int(1, 9)}`;
}

/** All faults end; what people said stays. */
export const heal: Act = (world) => {
  const { server, store, telemetry, leases } = world;
  server.network = 'up';
  store.state = 'up';
  if (leases !== null) leases.isDown = false;
  Object.assign(telemetry, { silentSinceMs: null, perSecond: 20, skewMs: 0, isAway: false });
  telemetry.note();
};

export const ACTS: readonly (readonly [weight: number, act: Act])[] = [
  [8, fault],
  [4, edit],
  [4, editSoon],
  [1, tag],
  [2, hold],
  [4, rearm],
  [8, agree],
  [1, stop],
  [2, resume],
  [5, crash],
  [3, another],
  [2, pause],
  [1, leaseDown],
  [4, network],
  [3, journal],
  [1, storm],
  [1, flap],
  [3, data],
  [2, report],
  [2, upgrade],
  [6, heal],
];
