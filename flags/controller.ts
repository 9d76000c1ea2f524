/** The controller: looks, decides by the pure step, writes the journal, then the flag, and looks again. */
import type { Action } from '../model.ts';
import type { Brake, Said } from './brake.ts';
import { createAgree, requireActive } from './controller/agree.ts';
import type { ControllerOptions, FlagStatus, ProposalChoice } from './controller/options.ts';
import { policiesOf, statusOf } from './controller/policies.ts';
import { createRound } from './controller/round.ts';
import { brake, createWord, termOf } from './controller/word.ts';
import { createLedger } from './ledger.ts';
import { keyOf } from './resume.ts';
import type { ProposalState } from './state.ts';

export type { ControllerOptions, FlagStatus, ProposalChoice } from './controller/options.ts';

export interface Controller extends AsyncDisposable {
  /** Looks every `intervalMs`, more often while a change is being published. */
  start(): void;
  /** One look at every flag; resolves when all that follows from it is done. Never rejects. */
  tick(): Promise<void>;
  /** Oldest first, at most the last 1,000. */
  actions(): readonly Action[];
  states(): readonly FlagStatus[];
  /** The global stop: from here on no flag is written to. Needs neither store nor flag server. */
  stop(said: Said): void;
  /** Lifts the global stop. Both are in the journal from the next look on. */
  resume(said: Said): void;
  isStopped(): boolean;
  /** Who stopped or resumed all changes last; null while nobody has. */
  brake(): Brake | null;
  /**
   * Pins a flag: automation stops for it until `rearm`. In force at once, with neither store nor flag server; resolves with
   * whether the journal has it, so that it outlives this process. Never rejects.
   */
  hold(flag: string, actor: string): Promise<boolean>;
  /**
   * Lifts a hold, and the yield to a person who changed the flag.
   * @throws {HingeError} FLAGS_CONFLICT where another controller is the active one: it would not hear of it.
   */
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

/** @throws {HingeError} CONFIG_INVALID. */
export function createController(options: ControllerOptions): Controller {
  const { clock, log, intervalMs, journal, lease } = options;
  const policies = policiesOf(options);
  const word = createWord();
  const ledger = createLedger({ journal, clock, log, term: () => termOf(lease), onBroken });
  const round = createRound(options, policies, ledger, word);
  const agree = createAgree(options, policies, ledger);
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let started = false;

  function onBroken(reason: string): void {
    brake(word, { stopped: true, actor: 'hinge', way: 'journal', saidMs: clock() });
    log.error({ reason }, 'the journal was tampered with: automation stops until a person resumes it');
  }

  /** One after the other: what a person says comes between two rounds. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = running.then(work);
    running = done.catch(() => undefined);
    return done;
  }

  const tick = (): Promise<void> => inTurn(round.run);

  function schedule(): void {
    if (!started) return;
    const isPublishing = policies.some((policy) => ledger.stateOf(policy).phase === 'VERIFY_PUBLISHED');
    timer = setTimeout(() => tick().then(schedule), isPublishing ? Math.min(PUBLISHING_MS, intervalMs) : intervalMs);
  }

  async function say(flag: string, actor: string, choice: ProposalChoice, isMeant: (one: ProposalState) => boolean) {
    await inTurn(() => agree(flag, actor, choice, isMeant));
    if (started) void tick();
  }

  function sayToAll(stopped: boolean, said: Said): void {
    brake(word, { ...said, stopped, saidMs: clock() });
    log.warn(said, stopped ? 'automation is stopped: no flag is touched' : 'automation is resumed');
    if (started) void tick();
  }

  async function hold(flag: string, actor: string): Promise<boolean> {
    word.held.set(flag, actor);
    return inTurn(() => round.hear(flag)).then(
      () => true,
      () => false,
    );
  }

  return {
    tick,
    start() {
      if (started) return;
      started = true;
      tick().then(schedule);
    },
    actions: ledger.actions,
    states: () => policies.map((policy) => statusOf(policy, ledger, clock())),
    stop: (said) => sayToAll(true, said),
    resume: (said) => sayToAll(false, said),
    isStopped: () => word.stopped,
    brake: () => word.brake,
    hold,
    rearm(flag, actor) {
      const term = requireActive(lease);
      word.held.delete(flag);
      for (const policy of policies) if (policy.flag === flag) word.rearming.set(keyOf(policy), { actor, term });
    },
    // A way back that somebody asked for can be approved like any other change.
    approve: (flag, actor, choice = {}) =>
      say(flag, actor, choice, ({ kind, approvals }) => kind === 'change' || approvals.length > 0),
    restore: (flag, actor, choice = {}) => say(flag, actor, choice, ({ kind }) => kind === 'restore'),
    async [Symbol.asyncDispose]() {
      started = false;
      clearTimeout(timer);
      await running;
    },
  };
}
