/** One look at one flag: read, decide by the pure step, write the journal, then the flag. */
import { HingeError } from '../../errors.ts';
import type { ControllerState } from '../../model.ts';
import type { Policy } from '../behaviour.ts';
import type { Change } from '../change.ts';
import { gather } from '../gather.ts';
import type { Ledger } from '../ledger.ts';
import type { Readings } from '../readings.ts';
import type { FlagState } from '../state.ts';
import { refused, step } from '../step.ts';
import { apply } from './apply.ts';
import type { ControllerOptions } from './options.ts';
import type { Word } from './word.ts';

const IN_BREACH = new Set<ControllerState | null>([
  'CONFIRMED',
  'AWAIT_APPROVAL',
  'STEP_DOWN',
  'TUNE',
  'KILL',
  'VERIFY_PUBLISHED',
  'VERIFY_RECOVERY',
]);

const isInBreach = ({ phase, blockedFrom }: FlagState): boolean =>
  IN_BREACH.has(phase === 'BLOCKED' ? blockedFrom : phase);

const isNews = (before: FlagState, after: FlagState): boolean =>
  after.phase !== before.phase || after.reason !== before.reason || after.proposal?.id !== before.proposal?.id;

/** @param isActive whether this controller may write now, as it might when the look began */
export function createLook(options: ControllerOptions, policies: readonly Policy[], ledger: Ledger, word: Word) {
  const { port, source, clock, log } = options;

  async function write(policy: Policy, change: Change, isActive: () => boolean): Promise<void> {
    const { flag, environment } = policy;
    if (port === null || word.stopped || word.held.has(flag) || !isActive()) return;
    try {
      await apply(port, policy, change);
    } catch (thrown) {
      if (!(thrown instanceof HingeError)) throw thrown;
      log.warn({ flag, environment, code: thrown.code }, thrown.message);
      // Anything else than a refusal is unknown until the flag is read back.
      if (thrown.code !== 'FLAGS_REFUSED') return;
      const state = refused(ledger.stateOf(policy), thrown.message, clock(), policy);
      await ledger.record({ policy, state, readings: null, intent: null, actor: 'hinge' });
    }
  }

  function environmentOf({ environment }: Policy, nowMs: number): Readings['environment'] {
    const breaching = policies.filter((one) => one.environment === environment && isInBreach(ledger.stateOf(one)));
    return { changes: ledger.changesWithinHour(environment, nowMs), breaching: breaching.length };
  }

  /** Resolves with whether there is more to do at once. */
  return async (policy: Policy, isActive: () => boolean): Promise<boolean> => {
    const before = ledger.stateOf(policy);
    const nowMs = clock();
    const environment = environmentOf(policy, nowMs);
    const held = word.held.has(policy.flag);
    const readings = await gather({ policy, state: before, source, port, nowMs, held, environment, log });
    if (word.stopped || !isActive()) return false;
    const { state, intents } = step(before, readings, nowMs, policy);
    const [intent = null] = intents;
    if (isNews(before, state) || intent !== null) {
      await ledger.record({ policy, state, readings, intent, actor: 'hinge' });
    } else ledger.keep(policy, state);
    if (intent !== null) await write(policy, intent, isActive);
    return state.phase !== before.phase || intent !== null;
  };
}
