/** The controller: looks, decides by the pure step, writes the journal, then the flag, and looks again. */
import { HingeError } from '../errors.ts';
import type { Action } from '../model.ts';
import { mayWrite, type Policy, policyOf } from './behaviour.ts';
import type { ControllerOptions, FlagStatus, ProposalChoice } from './controller/options.ts';
import { createRound } from './controller/round.ts';
import { createWord, termOf } from './controller/word.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { approved, awaiting, choose } from './people.ts';
import { approversOf } from './proposal.ts';
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
  stop(): void;
  /** Lifts the global stop. */
  resume(): void;
  isStopped(): boolean;
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

function statusOf(policy: Policy, ledger: Ledger, nowMs: number): FlagStatus {
  const state = ledger.stateOf(policy);
  const { name, flag, environment, mode, approvals: needed } = policy;
  const found = awaiting(state, policy);
  const awaits = found && {
    kind: found.kind,
    id: found.id,
    text: found.text,
    approvedBy: approversOf(found, nowMs),
    needed,
  };
  return { name, flag, environment, mode, state: state.phase, sinceMs: state.sinceMs, text: state.text, awaits };
}

/** The term in which a person speaks. */
function requireActive(lease: ControllerOptions['lease']): number {
  const term = termOf(lease);
  if (term !== null) return term;
  throw new HingeError('FLAGS_CONFLICT', 'this Hinge is not the active one: ask the one that holds the lease');
}

/** A person's agreement, into the journal. */
function createAgree({ clock, lease }: ControllerOptions, policies: readonly Policy[], ledger: Ledger) {
  return async (flag: string, actor: string, choice: ProposalChoice, isMeant: (one: ProposalState) => boolean) => {
    requireActive(lease);
    if (!policies.some((policy) => policy.flag === flag)) {
      throw new HingeError('NOT_FOUND', `no behaviour has the flag ${flag}: see hinge flags status`);
    }
    await ledger.open();
    const of = policies
      .filter((policy) => policy.flag === flag && policy.environment === (choice.environment ?? policy.environment))
      .flatMap((policy) => {
        const state = ledger.stateOf(policy);
        const proposal = awaiting(state, policy);
        return proposal === null || !isMeant(proposal) ? [] : [{ policy, state, proposal }];
      });
    const { policy, state, proposal } = choose(flag, of, choice.id);
    const next = approved(state, proposal, actor, clock(), policy);
    await ledger.record({ policy, state: next, readings: null, intent: null, actor });
  };
}

/** @throws {HingeError} CONFIG_INVALID. */
export function createController(options: ControllerOptions): Controller {
  const { clock, log, intervalMs, journal, lease } = options;
  const policies = policiesOf(options);
  const ledger = createLedger(journal, clock, log, () => termOf(lease));
  const word = createWord();
  const round = createRound(options, policies, ledger, word);
  const agree = createAgree(options, policies, ledger);
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let started = false;

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
    stop() {
      word.stopped = true;
      log.warn({}, 'automation is stopped: no flag is touched');
    },
    resume() {
      word.stopped = false;
      log.warn({}, 'automation is resumed');
    },
    isStopped: () => word.stopped,
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
