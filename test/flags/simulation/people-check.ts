/** P10: a person always wins. Once a word of theirs is heard, nothing is written; what was overwritten is put back, or told. */
import type { Change } from '../../../flags/change.ts';
import type { JournalEntry } from '../../../model.ts';
import type { CommittedEvent, ServerFlag, Settings } from './flag-server.ts';
import { type Complain, type IntentLine, type RefereeParts, stateOf } from './parts.ts';

const IN_HAND = new Set([
  ...['CONFIRMED', 'AWAIT_APPROVAL', 'STEP_DOWN', 'TUNE', 'KILL', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY'],
  ...['HOLD', 'HANDED_BACK', 'EXHAUSTED', 'RESTORE', 'YIELDED'],
]);

const APPROVAL_MS = 15 * 60_000;

function isInHand(entry: JournalEntry | undefined): boolean {
  if (entry === undefined) return false;
  const { phase, blockedFrom } = stateOf(entry);
  return IN_HAND.has(phase === 'BLOCKED' ? (blockedFrom ?? '') : phase);
}

export function createPeopleCheck({ time, policies, entries }: RefereeParts, complain: Complain) {
  const stopped = new Set<string>();
  /** `process/flag`: in force from the call on; by flag alone: in the journal, in force for everybody. */
  const held = new Set<string>();
  const approvals = new Map<string, { actor: string; atMs: number; id: string }[]>();
  /** By flag: changes of people while Hinge had the flag in hand. */
  const foreign = new Map<string, CommittedEvent[]>();
  /** By process and flag: the events in the newest answer. */
  const seen = new Map<string, ReadonlySet<number>>();
  const lastStarted = new Map<string, JournalEntry>();
  const lastLine = new Map<string, JournalEntry>();

  const foreignOf = (flag: string): CommittedEvent[] => foreign.get(flag) ?? [];

  function seenBy(process: string, flag: string): CommittedEvent | undefined {
    return foreignOf(flag).find(({ id }) => seen.get(`${process}/${flag}`)?.has(id));
  }

  /** What people set last, part by part; what they left alone is not in it. */
  function wantedOf(events: readonly CommittedEvent[]): Partial<Settings & { enabled: boolean }> {
    const wanted: Record<string, unknown> = {};
    for (const { effect } of events) {
      if (effect.kind === 'enabled') wanted.enabled = effect.enabled;
      else {
        for (const [key, value] of Object.entries(effect.after)) if (effect.before[key] !== value) wanted[key] = value;
      }
    }
    return wanted;
  }

  function checkEnd(flag: ServerFlag): void {
    const [first] = foreignOf(flag.name);
    if (first === undefined) return;
    const events = flag.events.filter(({ ours, id }) => !ours && id >= first.id);
    const last = lastLine.get(flag.name);
    const state = last === undefined ? undefined : stateOf(last);
    if (state?.phase !== 'YIELDED') complain('P10', `${flag.name} is ${state?.phase} although a person changed it`);
    // Held, nothing is written; told to look, a person knows.
    if (['held', 'tagged', 'overwritten'].includes(state?.reason ?? '')) return;
    const now = { ...flag.settings, enabled: flag.enabled };
    for (const [key, value] of Object.entries(wantedOf(events))) {
      const is = now[key as keyof typeof now];
      if (is !== value) complain('P10', `${key} of ${flag.name} is ${is}, a person set ${value}`);
    }
  }

  return {
    onStop: (process: string) => void stopped.add(process),
    onResume: (process: string) => void stopped.delete(process),
    /** Gives what to call once the hold is in the journal. */
    onHold(process: string, flag: string): () => void {
      const word = `${process}/${flag}`;
      held.add(word);
      return () => {
        if (held.has(word)) held.add(flag);
      };
    },
    onRearm(process: string, flag: string): void {
      held.delete(`${process}/${flag}`);
      held.delete(flag);
    },
    onApproval(flag: string, actor: string, id: string): void {
      approvals.set(flag, [...(approvals.get(flag) ?? []), { actor, atMs: time.now(), id }]);
    },
    onDeath(process: string): void {
      stopped.delete(process);
      for (const { flag } of policies) held.delete(`${process}/${flag}`);
    },
    onRead(process: string, flag: string, events: readonly CommittedEvent[]): void {
      seen.set(`${process}/${flag}`, new Set(events.map(({ id }) => id)));
    },
    onLineStarted: (entry: JournalEntry) => void lastStarted.set(entry.flag, entry),
    onLine(entry: JournalEntry): void {
      const previous = lastLine.get(entry.flag);
      lastLine.set(entry.flag, entry);
      if (entry.state !== 'OBSERVE') return;
      // Re-armed, by word or by taking the tag away, or a new upgrade: a new case.
      const isLifted = entry.actor !== 'hinge' || (previous !== undefined && stateOf(previous).reason === 'tagged');
      if (isLifted || entry.upgradeId !== previous?.upgradeId) foreign.delete(entry.flag);
    },
    onForeign(flag: ServerFlag, event: CommittedEvent): void {
      if (!isInHand(lastLine.get(flag.name)) || !isInHand(lastStarted.get(flag.name))) return;
      foreign.set(flag.name, [...foreignOf(flag.name), event]);
    },
    onWrite(process: string, flag: string, change: Change): void {
      const what = `${process} writes ${change.kind} to ${flag}`;
      if (stopped.has(process)) complain('P10', `${what} although it is stopped`);
      if (held.has(flag) || held.has(`${process}/${flag}`)) complain('P10', `${what} although it is held`);
      const known = seenBy(process, flag);
      if (known !== undefined && change.kind !== 'undo')
        complain('P10', `${what} although it saw event ${known.id} of ${known.actor}`);
    },
    checkApproval({ entry, state, policy }: IntentLine): void {
      const needsPeople = policy.mode === 'approve' && entry.state !== 'YIELDED';
      const isByItself = entry.state === 'RESTORE' && policy.mode === 'act' && policy.onNoRecovery === 'restore';
      if ((!needsPeople && entry.state !== 'RESTORE') || isByItself) return;
      const { id } = state.proposal ?? {};
      // A way back goes on once it has begun.
      const sinceMs = (state.change?.firstMs ?? 0) - APPROVAL_MS;
      const given = (approvals.get(policy.flag) ?? []).filter((one) => one.id === id && one.atMs > sinceMs);
      const people = new Set(given.map(({ actor }) => actor));
      if (people.size < policy.approvals)
        complain('P10', `${policy.flag} is changed with ${people.size} of ${policy.approvals} approvals`);
    },
    onCalm(flags: readonly ServerFlag[]): void {
      if (entries().length > 0) for (const flag of flags) checkEnd(flag);
    },
  };
}
