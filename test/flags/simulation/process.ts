/** One Hinge process on virtual time: a real controller whose every call can be its last. */

import { HingeError } from '../../../errors.ts';
import type { Change } from '../../../flags/change.ts';
import { type Controller, createController } from '../../../flags/controller.ts';
import type { ReadingsSource } from '../../../flags/gather.ts';
import type { Journal } from '../../../flags/ledger.ts';
import type { FlagPort } from '../../../flags/port.ts';
import type { Log } from '../../../model.ts';
import { SLO } from '../fixtures.ts';
import type { World } from './world.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface Crash {
  /** Calls from now until it dies. */
  calls: number;
  /** Whether the last call still leaves the process. */
  readonly isSent: boolean;
}

export interface Process {
  readonly name: string;
  readonly controller: Controller;
  isAlive(): boolean;
  /** Dies at a call to come; null spares it. */
  dieAt(crash: Crash | null): void;
  die(): void;
  /** Hears no answer for so long. */
  pause(ms: number): void;
}

export function startProcess(world: World, name: string): Process {
  const { time, random, server, telemetry, store, referee } = world;
  const lease = world.leases?.claimFor(name);
  let isAlive = true;
  let pausedUntilMs = 0;
  let crash: Crash | null = null;

  function die(): void {
    isAlive = false;
    referee.onDeath(name);
  }

  /** False when the process dies here, before the call. */
  function reaches(): boolean {
    if (crash === null || crash.calls > 0) {
      if (crash !== null) crash.calls -= 1;
      return isAlive;
    }
    const { isSent } = crash;
    if (isAlive) die();
    return isSent;
  }

  /** An answer on its way to the process. */
  function deliver(hand: () => void): void {
    const waitMs = pausedUntilMs - time.now();
    if (waitMs > 0) time.after(waitMs, () => deliver(hand));
    else if (isAlive) hand();
  }

  function call<T>(start: (answer: (value: T | Error) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!reaches()) return;
      start((value) => deliver(() => (value instanceof Error ? reject(value) : resolve(value))));
    });
  }

  const read = <T>(value: () => T): Promise<T> =>
    call((answer) => {
      const isAway = server.fateOfRead() === 'unavailable';
      const away = new HingeError('FLAGS_UNAVAILABLE', 'no answer', { retryable: true });
      time.after(random.int(1, 30), () => answer(isAway ? away : value()));
    });

  const write = (flag: string, change: Change): Promise<void> =>
    call((answer) => {
      referee.onWrite(name, flag, change);
      server.write(flag, change, 'hinge-bot', (fault) => answer(fault ?? (undefined as never)));
    });

  const port: FlagPort = {
    whoAmI: async () => ({ name: 'hinge-bot', userId: 7 }),
    async snapshot(flag) {
      const newest = await read(() => server.newestEventId(flag));
      return read(() => server.snapshot(flag, newest));
    },
    changesSince: (flag, _environment, eventId) =>
      read(() => {
        const events = server.changesSince(flag, eventId);
        referee.onRead(name, flag, events);
        return events;
      }),
    setRollout: (flag, _environment, strategyId, from, to) => write(flag, { kind: 'rollout', strategyId, from, to }),
    setPayload: (flag, _environment, place, from, to) => write(flag, { kind: 'payload', place, from, to }),
    disable: (flag) => write(flag, { kind: 'disable' }),
    enable: (flag) => write(flag, { kind: 'enable' }),
    undo: (flag, _environment, undo) => write(flag, { kind: 'undo', undo }),
    published: async () =>
      random.weighted<boolean | null>([
        [6, true],
        [3, false],
        [1, null],
      ]),
  };

  const journal: Journal = {
    append: (entry) =>
      call((answer) => {
        referee.onLineStarted(name, entry);
        if (entry.intent !== '') world.atMoment(process, entry.flag);
        // Without a lease the store's engine lives and dies with the process.
        store.append(
          entry,
          (fault) => answer(fault ?? (undefined as never)),
          () => isAlive || world.leases !== null,
        );
      }),
    read: () =>
      call((answer) => {
        const entries = store.isReadable() ? structuredClone(store.entries) : new Error('the store does not answer');
        time.after(random.int(1, 20), () => answer(entries));
      }),
  };

  const available = (): void => {
    if (telemetry.isAway) throw new Error('the store does not answer');
  };
  const source: ReadingsSource = {
    async eventCounts(slo, ranges) {
      available();
      return ranges.map((range) => telemetry.counts(slo.service, range));
    },
    async control({ slo, range }) {
      available();
      return telemetry.control(slo.service, range);
    },
    async variantInstances(of) {
      const { exposed } = telemetry.of(of);
      return [{ variant: exposed ? 'v2' : 'disabled', instances: 3 }];
    },
    async newestDataMs() {
      available();
      return telemetry.newestDataMs();
    },
    async suspects() {
      available();
      referee.onLook(name);
      return telemetry.evidence();
    },
  };

  const controller = createController({
    behaviours: world.behaviours,
    slos: world.behaviours.map(({ service: of }) => ({ ...SLO, name: of, service: of })),
    ...{ port, source, journal, clock: time.now, log: silent, intervalMs: 1_000 },
    ...(lease === undefined ? {} : { lease }),
  });

  function look(): void {
    if (!isAlive) return;
    lease?.renew();
    void controller.tick().then(() => time.after(world.lookEveryMs, look));
  }

  function renew(): void {
    if (!isAlive || lease === undefined) return;
    if (time.now() >= pausedUntilMs) lease.renew();
    time.after(5_000, renew);
  }

  const process: Process = {
    name,
    controller,
    isAlive: () => isAlive,
    die,
    dieAt(at) {
      crash = at;
    },
    pause(ms) {
      pausedUntilMs = time.now() + ms;
    },
  };
  time.after(0, renew);
  time.after(1, look);
  return process;
}
