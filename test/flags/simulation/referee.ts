/** Watches a schedule and notes down every promise that was broken: P8, P9, P10, the lease, and the journal before the write. */
import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../../../flags/behaviour.ts';
import type { Change } from '../../../flags/change.ts';
import { verifyChain } from '../../../flags/journal.ts';
import type { JournalEntry } from '../../../model.ts';
import type { CommittedEvent, ServerFlag } from './flag-server.ts';
import { createGroundsCheck } from './grounds-check.ts';
import { createLimitsCheck } from './limits-check.ts';
import { type Complain, type IntentLine, type RefereeParts, stateOf } from './parts.ts';
import { createPeopleCheck } from './people-check.ts';

export function createReferee(parts: RefereeParts) {
  const { time, entries, policies } = parts;
  const broken: string[] = [];
  const complain: Complain = (promise, what) => void broken.push(`${promise} at ${time.now()}: ${what}`);
  const grounds = createGroundsCheck(parts, complain);
  const limits = createLimitsCheck(parts, complain);
  const people = createPeopleCheck(parts, complain);
  const started = new Set<string>();

  function policyOf(flag: string): Policy {
    const policy = policies.find((one) => one.flag === flag);
    if (policy === undefined) throw new Error(`no policy for ${flag}`);
    return policy;
  }

  function lineOf(entry: JournalEntry): IntentLine | null {
    if (entry.intent === '') return null;
    return { entry, state: stateOf(entry), change: JSON.parse(entry.intent) as Change, policy: policyOf(entry.flag) };
  }

  const isActive = (process: string): boolean => !parts.hasLease || parts.holder() === process;

  return {
    broken,
    people,
    onLook: (process: string) => grounds.onLook(process),
    onDeath: (process: string) => people.onDeath(process),
    onRead: people.onRead,

    /** The controller has decided: what it knew is fresh in memory. */
    onLineStarted(process: string, entry: JournalEntry): void {
      if (!isActive(process)) complain('lease', `${process} writes line ${entry.sequence} without it`);
      if (started.has(entry.hash)) return;
      started.add(entry.hash);
      people.onLineStarted(entry);
      const before = entries().findLast(({ flag }) => flag === entry.flag);
      if (entry.state === 'HOLD' && before?.state === 'VERIFY_RECOVERY')
        grounds.checkProof(process, policyOf(entry.flag));
      const line = lineOf(entry);
      if (line === null) return;
      grounds.check(process, line);
      limits.onDecision(line);
      people.checkApproval(line);
    },

    onLine(entry: JournalEntry): void {
      people.onLine(entry);
      const line = lineOf(entry);
      if (line !== null) limits.onLine(line);
    },

    onWrite(process: string, flag: string, change: Change): void {
      const last = entries().findLast((entry) => entry.flag === flag);
      if (last === undefined || !isDeepStrictEqual(last.intent === '' ? null : JSON.parse(last.intent), change)) {
        complain('P9', `${process} writes ${JSON.stringify(change)} to ${flag} without its line in the journal`);
      }
      if (!isActive(process)) complain('lease', `${process} writes to ${flag} without it`);
      people.onWrite(process, flag, change);
      if (last !== undefined) limits.onWrite(flag, change, stateOf(last));
    },

    onCommit(flag: ServerFlag, event: CommittedEvent): void {
      if (event.ours) limits.onApplied(flag, event);
      else people.onForeign(flag, event);
    },

    /** Once all is calm: what must be so in the end. */
    onCalm(flags: readonly ServerFlag[]): void {
      const check = verifyChain(entries());
      if (!check.ok) complain('journal', check.reason);
      people.onCalm(flags);
    },
  };
}

export type Referee = ReturnType<typeof createReferee>;
