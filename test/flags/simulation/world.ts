/** The world of one schedule: flags, telemetry, journal, processes and people, made from a seed. */
import { type Behaviour, type Policy, policyOf } from '../../../flags/behaviour.ts';
import { LADDER, NOW, SLO } from '../fixtures.ts';
import { createFlagServer, type FlagServer, type ServerFlag } from './flag-server.ts';
import { createJournalStore, type JournalStore } from './journal.ts';
import { createLeaseService, type LeaseService } from './lease.ts';
import { type Process, startProcess } from './process.ts';
import type { Random } from './random.ts';
import { createReferee, type Referee } from './referee.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';
import { createTime, type Time } from './time.ts';

export interface World {
  readonly time: Time;
  readonly random: Random;
  readonly server: FlagServer;
  readonly flags: readonly ServerFlag[];
  readonly telemetry: Telemetry;
  readonly store: JournalStore;
  /** Null where there is one process, which owns its store. */
  readonly leases: LeaseService | null;
  readonly referee: Referee;
  readonly behaviours: readonly Behaviour[];
  readonly processes: Process[];
  lookEveryMs: number;
  /** Called when a process writes the line before a change of the flag: the worst moment for anything to happen. */
  atMoment: (process: Process, flag: string) => void;
  /** Starts a process of a new name. */
  start(): Process;
  /** The services see the flags as they are, after a while. */
  spread(): void;
}

const ENVIRONMENTS = ['production', 'production', 'production', 'staging'] as const;

function behaviourOf(random: Random, index: number): Behaviour {
  const service = `service-${index}`;
  return {
    ...{
      name: service,
      service,
      flag: `flag-${index}`,
      environment: ENVIRONMENTS[index] ?? 'production',
      slos: [service],
    },
    mode: random.weighted([
      [7, 'act'],
      [3, 'approve'],
      [1, 'dry-run'],
      [1, 'observe'],
    ] as const),
    policy: random.pick(['tune', 'tune', 'step-down', 'kill']),
    ladder: LADDER,
    rolloutLadder: [50, 5],
    approvals: random.pick([1, 2]),
    onNoRecovery: random.pick(['offer', 'restore']),
    burn: [{ longMs: 60_000, shortMs: 10_000, rate: 10 }],
    ...{ cooldownMs: 180_000, recoveryTimeoutMs: 60_000, staleMs: 30_000, goodLooks: 2, recoveryWindowMs: 10_000 },
  };
}

const newFlag = (random: Random, { flag, environment }: Behaviour): ServerFlag => ({
  name: flag,
  environment,
  enabled: true,
  settings: { rollout: '100', payload: random.pick([LADDER[0] ?? '', LADDER[0] ?? '', LADDER[1] ?? '']) },
  tags: ['simple:hinge-managed'],
  events: [],
});

export function createWorld(random: Random): World {
  const time = createTime(NOW);
  const behaviours = Array.from({ length: random.int(1, 4) }, (_, index) => behaviourOf(random, index));
  const slos = behaviours.map(({ service }) => ({ ...SLO, name: service, service }));
  const policies: Policy[] = behaviours.map((behaviour) => policyOf(behaviour, slos));
  const flags = behaviours.map((behaviour) => newFlag(random, behaviour));
  const leases = random.chance(0.5) ? createLeaseService(time) : null;
  const telemetry = createTelemetry(
    behaviours.map(({ service }) => service),
    time,
  );
  let store: JournalStore;
  const referee = createReferee({
    ...{ time, telemetry, policies },
    entries: () => store.entries,
    holder: () => leases?.holder() ?? null,
    hasLease: leases !== null,
  });
  store = createJournalStore(time, random, referee.onLine);

  function spread(): void {
    time.after(random.int(500, 4_000), () => {
      for (const [index, flag] of flags.entries()) {
        const service = telemetry.services[index];
        if (service === undefined) continue;
        service.exposed = flag.enabled && flag.settings.rollout !== '0';
        service.isSafe = flag.settings.payload === LADDER[2] || Number(flag.settings.rollout) < 10;
      }
      telemetry.note();
    });
  }

  const server = createFlagServer(flags, time, random, (flag, event) => {
    referee.onCommit(flag, event);
    spread();
  });
  const processes: Process[] = [];
  let names = 0;
  const world: World = {
    ...{ time, random, server, flags, telemetry, store, leases, referee, behaviours, processes, spread },
    lookEveryMs: 5_000,
    atMoment: () => undefined,
    start() {
      names += 1;
      const process = startProcess(world, `hinge-${names}`);
      processes.push(process);
      return process;
    },
  };
  return world;
}
