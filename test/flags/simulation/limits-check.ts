/** P9: one change a flag a cool-down, three an environment an hour, only down, or exactly back to what was. */
import type { Change } from '../../../flags/change.ts';
import type { FlagState } from '../../../flags/state.ts';
import { LADDER } from '../fixtures.ts';
import type { CommittedEvent, ServerFlag } from './flag-server.ts';
import { type Complain, type IntentLine, type RefereeParts, stateOf } from './parts.ts';

const HOUR_MS = 3_600_000;
const IN_BREACH = new Set([
  'CONFIRMED',
  'AWAIT_APPROVAL',
  'STEP_DOWN',
  'TUNE',
  'KILL',
  'VERIFY_PUBLISHED',
  'VERIFY_RECOVERY',
]);

/** What was decided: all calls of one way back, and all repeats of one change, are one decision. */
interface Decision {
  readonly key: string;
  readonly environment: string;
  readonly atMs: number;
  readonly isByPeople: boolean;
}

interface Applied {
  readonly atMs: number;
  readonly key: string;
  readonly change: string;
}

function isDown(change: Change): boolean {
  if (change.kind === 'payload') return LADDER.indexOf(change.to) === LADDER.indexOf(change.from) + 1;
  if (change.kind === 'rollout') return Number(change.to) < Number(change.from);
  return change.kind === 'disable';
}

const decisionOf = (flag: string, environment: string, state: FlagState): Decision => ({
  key: `${flag}/${state.change?.firstMs}`,
  environment,
  atMs: state.change?.firstMs ?? 0,
  isByPeople: state.phase === 'RESTORE' && (state.proposal?.approvals.length ?? 0) > 0,
});

export function createLimitsCheck({ policies, entries }: RefereeParts, complain: Complain) {
  const decisions = new Map<string, Decision>();
  const applied = new Map<string, Applied[]>();
  const writes = new Map<string, Decision>();

  function checkStorm(environment: string, flag: string): void {
    const latest = new Map(entries().map((entry) => [entry.flag, entry]));
    const breaching = [...latest.values()].filter((entry) => {
      const { phase, blockedFrom } = stateOf(entry);
      return entry.environment === environment && IN_BREACH.has(phase === 'BLOCKED' ? (blockedFrom ?? '') : phase);
    });
    if (breaching.length >= 3) complain('P9', `${flag} is changed in a storm of ${breaching.length}`);
  }

  function checkHour(decision: Decision, flag: string): void {
    const recent = [...decisions.values()].filter(
      (one) => one.environment === decision.environment && !one.isByPeople && decision.atMs - one.atMs < HOUR_MS,
    );
    if (recent.length >= 3) complain('P9', `${flag} is the fourth change in ${decision.environment} within the hour`);
  }

  function onDecision({ state, change, policy }: IntentLine): void {
    const { flag, environment, mode } = policy;
    if (mode !== 'act' && mode !== 'approve') complain('P9', `${flag} is to be changed in the mode ${mode}`);
    if (state.phase === 'YIELDED') return;
    if (state.phase !== 'RESTORE' && !isDown(change))
      complain('P9', `${JSON.stringify(change)} of ${flag} is not down`);
    const decision = decisionOf(flag, environment, state);
    if (decisions.has(decision.key)) return;
    if (!decision.isByPeople) {
      checkHour(decision, flag);
      checkStorm(environment, flag);
    }
  }

  function checkApplied(flag: ServerFlag, event: CommittedEvent, decision: Decision): void {
    const { cooldownMs = 0 } = policies.find((policy) => policy.flag === flag.name) ?? {};
    const list = applied.get(flag.name) ?? [];
    const change = JSON.stringify(event.change);
    const last = list.at(-1);
    const isNext = last !== undefined && last.key !== decision.key;
    if (isNext && !decision.isByPeople && event.atMs - last.atMs < cooldownMs) {
      complain('P9', `${flag.name}: ${change} ${event.atMs - last.atMs} ms after ${last.change}`);
    }
    const once = list.findLast((one) => one.key === decision.key && one.change === change);
    // An answer that was given up may still be heard after a person undid the change: that is put back, see P10.
    const isUndone = flag.events.some(
      ({ ours, atMs, change: made }) => (!ours || made.kind === 'undo') && atMs >= (once?.atMs ?? 0),
    );
    if (once !== undefined && !isUndone) complain('once', `${change} of ${flag.name} is made twice`);
    applied.set(flag.name, [...list, { atMs: event.atMs, key: decision.key, change }]);
  }

  return {
    onDecision,
    /** Only what the journal has may be made. */
    onLine({ state, policy }: IntentLine): void {
      const decision = decisionOf(policy.flag, policy.environment, state);
      if (state.phase !== 'YIELDED' && !decisions.has(decision.key)) decisions.set(decision.key, decision);
    },
    onWrite(flag: string, change: Change, state: FlagState): void {
      const { environment = '' } = policies.find((policy) => policy.flag === flag) ?? {};
      if (change.kind !== 'undo') writes.set(`${flag}/${JSON.stringify(change)}`, decisionOf(flag, environment, state));
    },
    onApplied(flag: ServerFlag, event: CommittedEvent): void {
      if (event.change.kind === 'undo') return;
      const decision = writes.get(`${flag.name}/${JSON.stringify(event.change)}`);
      if (decision === undefined) complain('P9', `nobody wrote ${JSON.stringify(event.change)} of ${flag.name}`);
      else checkApplied(flag, event, decision);
    },
  };
}
