/**
 * Looks at every flag, then again at those that moved, until all rest. One after the other and in step: a limit over all of
 * them holds only when each is seen in breach before the first is changed.
 */
import { messageOf } from '../../errors.ts';
import type { Policy } from '../behaviour.ts';
import type { Ledger } from '../ledger.ts';
import { held, rearmed } from '../people.ts';
import { keyOf } from '../resume.ts';
import type { FlagState } from '../state.ts';
import { requireActive } from './agree.ts';
import { createLook } from './look.ts';
import type { ControllerOptions } from './options.ts';
import { termOf, type Word } from './word.ts';

const MOST_LOOKS = 8;
/** Who waits for the lease shows what the journal says, read anew no more often than this. */
const STANDBY_MS = 30_000;

export interface Round {
  /** All flags, until they rest. Never rejects. */
  run(): Promise<void>;
  /** Writes down what people said of a flag; rejects where the journal cannot be written. */
  hear(flag: string): Promise<void>;
}

export function createRound(
  options: ControllerOptions,
  policies: readonly Policy[],
  ledger: Ledger,
  word: Word,
): Round {
  const { clock, log, lease } = options;
  const look = createLook(options, policies, ledger, word);
  let readMs = Number.NEGATIVE_INFINITY;

  /** What a person said of the flag since the last line about it; null for nothing. */
  function saidOf(policy: Policy): { state: FlagState; actor: string } | null {
    const before = ledger.stateOf(policy);
    const rearming = word.rearming.get(keyOf(policy));
    // What was said before another controller was the active one is no longer the last word.
    if (rearming?.term === termOf(lease)) return { state: rearmed(before, clock()), actor: rearming.actor };
    const holding = word.held.get(policy.flag);
    if (holding === undefined || (before.phase === 'YIELDED' && before.reason === 'held')) return null;
    return { state: held(before, holding, clock()), actor: holding };
  }

  async function hear(policy: Policy): Promise<void> {
    for (let said = saidOf(policy); said !== null; said = saidOf(policy)) {
      const rearming = word.rearming.get(keyOf(policy));
      await ledger.record({ policy, ...said, readings: null, intent: null });
      // Another word may have come meanwhile.
      if (word.rearming.get(keyOf(policy)) === rearming) word.rearming.delete(keyOf(policy));
    }
  }

  async function lookAt(policy: Policy, isActive: () => boolean): Promise<boolean> {
    try {
      if (!isActive()) return false;
      // A line whose commit is not known counts before the limits are looked at.
      await ledger.open();
      await hear(policy);
      return !word.stopped && (await look(policy, isActive));
    } catch (thrown) {
      // Without its journal the controller writes nothing; the next look tries again.
      log.error({ flag: policy.flag, cause: messageOf(thrown) }, 'the controller could not finish a look');
      return false;
    }
  }

  async function lookUntilAllRest(isActive: () => boolean): Promise<void> {
    let moving = policies;
    for (let looks = 0; looks < MOST_LOOKS && moving.length > 0; looks++) {
      const moved: Policy[] = [];
      for (const policy of moving) if (await lookAt(policy, isActive)) moved.push(policy);
      moving = moved;
    }
  }

  /** False when the journal cannot be read. */
  async function open(): Promise<boolean> {
    try {
      await ledger.open();
      return true;
    } catch (thrown) {
      log.error({ cause: messageOf(thrown) }, 'the controller cannot read its journal: nothing is decided');
      return false;
    }
  }

  /** What was said about all flags, in order; a Hinge that takes over may stand otherwise than the one before. */
  async function hearBrakes(): Promise<void> {
    for (let [said] = word.brakes; said !== undefined; [said] = word.brakes) {
      await ledger.recordBrake(said);
      word.brakes.shift();
    }
    const { stopped } = word;
    await ledger.recordBrake(word.brake ?? { stopped, actor: 'hinge', way: 'start', saidMs: clock() });
  }

  async function heardBrakes(): Promise<boolean> {
    try {
      await hearBrakes();
      return true;
    } catch (thrown) {
      log.error({ cause: messageOf(thrown) }, 'the controller cannot write its journal: nothing is decided');
      return false;
    }
  }

  async function run(): Promise<void> {
    const now = termOf(lease);
    const isDue = now === null && clock() - readMs >= STANDBY_MS;
    if (isDue) ledger.forget();
    readMs = isDue ? clock() : readMs;
    if (!(await open()) || now === null || !(await heardBrakes())) return;
    await lookUntilAllRest(() => termOf(lease) === now);
  }

  async function hearOf(flag: string): Promise<void> {
    // Who waits for the lease knows of an earlier time: what it takes for held may have been re-armed since.
    requireActive(lease);
    await ledger.open();
    for (const policy of policies) if (policy.flag === flag) await hear(policy);
  }

  return { run, hear: hearOf };
}
