/** The controller: looks, decides by the pure step, writes the journal, then the flag, and looks again. */
import { HingeError, messageOf } from '../errors.ts';
import type { Action, Clock, ControllerMode, ControllerState, Log, Slo } from '../model.ts';
import { type Behaviour, mayWrite, type Policy, policyOf } from './behaviour.ts';
import type { Change } from './change.ts';
import { gather, type ReadingsSource } from './gather.ts';
import { createLedger, type Journal, type Ledger } from './ledger.ts';
import type { FlagPort } from './port.ts';
import type { Readings } from './readings.ts';
import { keyOf } from './resume.ts';
import { rearmed, refused, step } from './step.ts';

export interface ControllerOptions {
  readonly behaviours: readonly Behaviour[];
  readonly slos: readonly Slo[];
  /** Null where no flag server is configured: then no behaviour may have the mode `act` or `approve`. */
  readonly port: FlagPort | null;
  readonly source: ReadingsSource;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalMs: number;
  /** While it is not held this controller looks and writes nothing, neither flags nor journal. @default held */
  readonly lease?: { isHeld(): boolean };
}

/** What waits for people: a change in the mode `approve`, or putting the flag back after it did not help. */
export interface Proposal {
  readonly kind: 'change' | 'restore';
  /** Names exactly this proposal: another change, another upgrade or a later breach has another id. */
  readonly id: string;
  /** `turn pay.retry off, because ...`. */
  readonly text: string;
  readonly approvedBy: readonly string[];
  /** Different people who must approve. */
  readonly needed: number;
}

/** Which proposal is meant, where that matters. */
export interface ProposalChoice {
  /** Where the flag awaits people in several. */
  readonly environment?: string;
  /** Refused when another one awaits by now. */
  readonly id?: string;
}

export interface FlagStatus {
  readonly name: string;
  readonly flag: string;
  readonly environment: string;
  readonly mode: ControllerMode;
  readonly state: ControllerState;
  readonly sinceMs: number;
  readonly text: string;
  readonly awaits: Proposal | null;
}

export interface Controller extends AsyncDisposable {
  /** Looks every `intervalMs`, more often while a change is being published. */
  start(): void;
  /** One look at every flag; resolves when all that follows from it is done. Never rejects. */
  tick(): Promise<void>;
  /** Oldest first, at most the last 1,000. */
  actions(): readonly Action[];
  states(): readonly FlagStatus[];
  /** The global stop: from here on no flag is written to. Needs neither store nor flag server. */
  stop(): void;
  /** Lifts the global stop. */
  resume(): void;
  isStopped(): boolean;
  /** Pins a flag: automation stops for it until `rearm`. In force at once, with neither store nor flag server. */
  hold(flag: string, actor: string): void;
  /** Lifts a hold, and the yield to a person who changed the flag. */
  rearm(flag: string, actor: string): void;
  /**
   * Resolves once the approval is in the journal; the same person counts once.
   * @throws {HingeError} FLAGS_CONFLICT when no such change awaits approval.
   */
  approve(flag: string, actor: string, choice?: ProposalChoice): Promise<void>;
  /**
   * Puts a flag that was turned off in vain back as it was, once as many people ask for it as the policy wants.
   * @throws {HingeError} FLAGS_CONFLICT when there is nothing to put back.
   */
  restore(flag: string, actor: string, choice?: ProposalChoice): Promise<void>;
}

const PUBLISHING_MS = 250;
const MOST_LOOKS = 8;
const IN_BREACH = new Set<ControllerState>(['CONFIRMED', 'STEP_DOWN', 'KILL', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY']);

/** @throws {HingeError} CONFIG_INVALID. */
function policiesOf({ behaviours, slos, port }: ControllerOptions): readonly Policy[] {
  const policies = behaviours.map((behaviour) => policyOf(behaviour, slos));
  const acting = policies.find(({ mode }) => mayWrite(mode));
  if (acting && port === null) {
    throw new HingeError(
      'CONFIG_INVALID',
      `behaviour "${acting.name}" has mode ${acting.mode}, but no Unleash is configured`,
    );
  }
  const keys = policies.map(keyOf);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new HingeError('CONFIG_INVALID', `two behaviours share the flag ${twice}`);
  return policies;
}

function nothingAwaits(flag: string, what: string): never {
  throw new HingeError('FLAGS_CONFLICT', `${flag} does not await ${what}: see hinge flags status`);
}

/** What people said, in force at once and without any other part of Hinge. */
function createWord() {
  return { stopped: false, held: new Set<string>(), rearming: new Map<string, string>() };
}

type Word = ReturnType<typeof createWord>;

/** One look at one flag; resolves with whether there is more to do at once. */
function createLook(options: ControllerOptions, policies: readonly Policy[], ledger: Ledger, word: Word) {
  const { port, source, clock, log } = options;

  async function write(policy: Policy, change: Change): Promise<void> {
    const { flag, environment } = policy;
    if (port === null || word.stopped || word.held.has(flag)) return;
    try {
      if (change.kind === 'disable') await port.disable(flag, environment);
      else await port.setPayload(flag, environment, change.place, change.from, change.to);
    } catch (thrown) {
      if (!(thrown instanceof HingeError)) throw thrown;
      log.warn({ flag, environment, code: thrown.code }, thrown.message);
      // Anything else than a refusal is unknown until the flag is read back.
      if (thrown.code !== 'FLAGS_REFUSED') return;
      const state = refused(ledger.stateOf(policy), thrown.message, clock());
      await ledger.record({ policy, state, readings: null, intent: null, actor: 'hinge' });
    }
  }

  function environmentOf({ environment }: Policy, nowMs: number): Readings['environment'] {
    const breaching = policies.filter(
      (one) => one.environment === environment && IN_BREACH.has(ledger.stateOf(one).phase),
    );
    return { changes: ledger.changesWithinHour(environment, nowMs), breaching: breaching.length };
  }

  return async (policy: Policy): Promise<boolean> => {
    const before = ledger.stateOf(policy);
    const nowMs = clock();
    const environment = environmentOf(policy, nowMs);
    const held = word.held.has(policy.flag);
    const readings = await gather({ policy, state: before, source, port, nowMs, held, environment, log });
    if (word.stopped) return false;
    const { state, intents } = step(before, readings, nowMs, policy);
    const [intent = null] = intents;
    const isNews = state.phase !== before.phase || state.reason !== before.reason || intent !== null;
    if (isNews) await ledger.record({ policy, state, readings, intent, actor: 'hinge' });
    else ledger.keep(policy, state);
    if (intent !== null) await write(policy, intent);
    return state.phase !== before.phase || intent !== null;
  };
}

/**
 * Looks at every flag, then again at those that moved, until all rest. One after the other and in step: a limit over all of
 * them holds only when each is seen in breach before the first is changed.
 */
function createRound(options: ControllerOptions, policies: readonly Policy[], ledger: Ledger, word: Word) {
  const { clock, log } = options;
  const look = createLook(options, policies, ledger, word);

  async function rearmIfAsked(policy: Policy): Promise<void> {
    const actor = word.rearming.get(policy.flag);
    if (actor === undefined) return;
    const state = rearmed(ledger.stateOf(policy), clock());
    await ledger.record({ policy, state, readings: null, intent: null, actor });
    word.rearming.delete(policy.flag);
  }

  async function lookAt(policy: Policy): Promise<boolean> {
    try {
      await rearmIfAsked(policy);
      return !word.stopped && (await look(policy));
    } catch (thrown) {
      // Without its journal the controller writes nothing; the next look tries again.
      log.error({ flag: policy.flag, cause: messageOf(thrown) }, 'the controller could not finish a look');
      return false;
    }
  }

  async function lookUntilAllRest(): Promise<void> {
    let moving = policies;
    for (let looks = 0; looks < MOST_LOOKS && moving.length > 0; looks++) {
      const moved: Policy[] = [];
      for (const policy of moving) if (await lookAt(policy)) moved.push(policy);
      moving = moved;
    }
  }

  return async (): Promise<void> => {
    try {
      const broken = await ledger.open();
      if (broken !== null) {
        word.stopped = true;
        log.error({ reason: broken }, 'the journal was tampered with: automation stops until a person resumes it');
      }
    } catch (thrown) {
      log.error({ cause: messageOf(thrown) }, 'the controller cannot read its journal: nothing is decided');
      return;
    }
    await lookUntilAllRest();
  };
}

/** @throws {HingeError} CONFIG_INVALID. */
export function createController(options: ControllerOptions): Controller {
  const { clock, log, intervalMs, journal } = options;
  const policies = policiesOf(options);
  const ledger = createLedger(journal, clock, log);
  const word = createWord();
  const round = createRound(options, policies, ledger, word);
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let started = false;

  function tick(): Promise<void> {
    running = running.then(round);
    return running;
  }

  function schedule(): void {
    if (!started) return;
    const isPublishing = policies.some((policy) => ledger.stateOf(policy).phase === 'VERIFY_PUBLISHED');
    timer = setTimeout(() => tick().then(schedule), isPublishing ? Math.min(PUBLISHING_MS, intervalMs) : intervalMs);
  }

  function statusOf(policy: Policy): FlagStatus {
    const { phase, sinceMs, text } = ledger.stateOf(policy);
    const { name, flag, environment, mode } = policy;
    return { name, flag, environment, mode, state: phase, sinceMs, text, awaits: null };
  }

  return {
    tick,
    start() {
      if (started) return;
      started = true;
      tick().then(schedule);
    },
    actions: ledger.actions,
    states: () => policies.map(statusOf),
    stop() {
      word.stopped = true;
      log.warn({}, 'automation is stopped: no flag is touched');
    },
    resume() {
      word.stopped = false;
      log.warn({}, 'automation is resumed');
    },
    isStopped: () => word.stopped,
    hold: (flag) => void word.held.add(flag),
    rearm(flag, actor) {
      word.held.delete(flag);
      word.rearming.set(flag, actor);
    },
    approve: async (flag) => nothingAwaits(flag, 'approval'),
    restore: async (flag) => nothingAwaits(flag, 'being put back'),
    async [Symbol.asyncDispose]() {
      started = false;
      clearTimeout(timer);
      await running;
    },
  };
}
