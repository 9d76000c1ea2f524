/** What people ask of the controller, under the name of their token. */

import type { ApiProviders } from '../../api/providers.ts';
import { HingeError } from '../../errors.ts';
import { saidWords } from '../../flags/brake.ts';
import type { Controller } from '../../flags/controller.ts';
import type { Lease } from '../../flags/lease.ts';
import type { Log } from '../../model.ts';
import { persist, type StopFile } from './stop-file.ts';

export interface PeopleOptions {
  readonly controller: Controller;
  readonly stopFile: StopFile;
  /** Undefined where no other process shares the store. */
  readonly lease: Lease | undefined;
  readonly log: Log;
}

/** Whether this Hinge may write to flags at all, and what keeps it from it. */
export function automationOf({ controller, stopFile, lease }: Omit<PeopleOptions, 'log'>) {
  const brake = controller.brake();
  const said = brake?.stopped === true ? saidWords(brake) : null;
  if (stopFile.exists()) {
    const by = said === null ? '' : ` (${said})`;
    return { on: false, text: `stopped by the file ${stopFile.path}${by}: hinge flags resume lifts it` };
  }
  if (controller.isStopped()) return { on: false, text: `stopped by ${said}: hinge flags resume lifts it` };
  if (lease === undefined) return { on: true, text: 'on' };
  if (lease.isHeld()) return { on: true, text: 'on; this Hinge is the active controller' };
  return { on: false, text: `looking on: the active controller is ${lease.holder() ?? 'nobody yet'}` };
}

export function createPeople({ controller, stopFile, lease, log }: PeopleOptions): ApiProviders['actions'] {
  /** What is said to a Hinge that only looks on is heard here and nowhere else. */
  function requireActive(): void {
    if (lease === undefined || lease.isHeld()) return;
    const active = lease.holder() ?? 'nobody yet';
    throw new HingeError(
      'FLAGS_CONFLICT',
      `this Hinge is not the active controller (that is ${active}): say it to that one with --server`,
    );
  }
  /** A word about a flag that nobody watches would stop nothing, and sound as if it did. */
  function known(flag: string): string {
    const flags = [...new Set(controller.states().map((state) => state.flag))];
    if (flags.includes(flag)) return flag;
    const names = flags.length === 0 ? 'none is configured' : `they have ${flags.join(', ')}`;
    throw new HingeError('NOT_FOUND', `no behaviour has the flag ${flag}; ${names}`);
  }
  return {
    list: () => controller.actions(),
    states: () => controller.states(),
    automation: () => automationOf({ controller, stopFile, lease }),
    async hold(flag, actor) {
      const isWritten = await controller.hold(known(flag), actor);
      requireActive();
      if (isWritten) return;
      const words = `${flag} is held, but not in the journal, and would be forgotten at a restart: say it again`;
      throw new HingeError('STORE_UNAVAILABLE', words, { retryable: true });
    },
    rearm(flag, actor) {
      requireActive();
      controller.rearm(known(flag), actor);
    },
    async approve(flag, actor, choice) {
      requireActive();
      await controller.approve(known(flag), actor, choice);
    },
    async restore(flag, actor, choice) {
      requireActive();
      await controller.restore(known(flag), actor, choice);
    },
    stop(actor, way) {
      controller.stop({ actor, way });
      log.warn({ actor }, `${actor} stopped all changes of flags`);
      persist(() => stopFile.write(actor), stopFile, log);
      requireActive();
    },
    resume(actor, way) {
      persist(() => stopFile.remove(), stopFile, log);
      log.warn({ actor }, `${actor} lifted the stop`);
      if (!stopFile.exists()) controller.resume({ actor, way });
    },
  };
}
