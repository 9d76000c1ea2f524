/** Replays for the API: one at a time and in a thread, so that they never take the store or the processor from the controller for long. */

import type { ApiProviders } from '../../api/providers.ts';
import { problemsAcross } from '../../config/across.ts';
import { type Config, configSchema } from '../../config.ts';
import { HingeError } from '../../errors.ts';
import type { Log } from '../../model.ts';
import { defined } from '../defined.ts';
import { replayApart } from '../replay/replay-apart.ts';
import { behavioursOf } from './behaviours.ts';
import type { JudgingTask } from './judging-thread.ts';

type Replay = ApiProviders['replay'];

/** A replay has a flag server of its own. */
const SIMULATED = {};

/** The policy in the words of the configuration. @throws HingeError INPUT_INVALID */
function policyOf(config: Config, given: Parameters<Replay>[1]) {
  const { behaviours, slos, lateMinutes } = given;
  const parsed = configSchema.safeParse({ behaviours, slos });
  const problems = parsed.success ? problemsAcross({ ...parsed.data, unleash: SIMULATED }) : parsed.error.issues;
  if (!parsed.success || problems.length > 0) {
    const faults = problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new HingeError('INPUT_INVALID', `the policy is not as in hinge.yaml: ${faults.join('; ')}`);
  }
  const read: Config = { ...config, ...parsed.data };
  return { behaviours: behavioursOf(read), slos: read.slos.map(defined), lateMs: lateMinutes * 60_000 };
}

/** @param closing cuts off the one under way, and those that wait for it */
export function createReplay(config: Config, task: JudgingTask, closing: AbortSignal, log: Log): Replay {
  const settledMs = Math.min(30, config.store.sealDelaySeconds) * 1_000;
  const intervalMs = config.controller.intervalSeconds * 1_000;
  let last: Promise<unknown> = Promise.resolve();
  return (id, given) => {
    const policy = policyOf(config, given);
    const replaying = last.then(async () => {
      const startMs = performance.now();
      const replayed = await replayApart({ ...task, settledMs, intervalMs, id, policy }, closing);
      log.info({ upgrade: id, tookMs: Math.round(performance.now() - startMs) }, 'a policy was replayed');
      return replayed;
    });
    last = replaying.catch(() => {});
    return replaying;
  };
}
