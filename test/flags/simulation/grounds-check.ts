/** P8: no action on data that is missing, late, thin or contradictory; and no proof of recovery beside a control that is better. Worked out from the world's truth, not by the controller's code. */
import type { Policy } from '../../../flags/behaviour.ts';
import type { UpgradeEvidence } from '../../../flags/readings.ts';
import type { FlagState } from '../../../flags/state.ts';
import type { Complain, IntentLine, RefereeParts } from './parts.ts';

interface Look {
  readonly atMs: number;
  readonly evidence: UpgradeEvidence | null;
  readonly newestMs: number | null;
  /** Services whose control was better than they can be. */
  readonly outdone: ReadonlySet<string>;
}

const SKEW_MS = 60_000;

export function createGroundsCheck({ time, telemetry }: RefereeParts, complain: Complain) {
  const looks = new Map<string, Look>();

  function isFresh({ atMs, newestMs }: Look, staleMs: number): boolean {
    return newestMs !== null && atMs - newestMs <= staleMs && newestMs - atMs <= SKEW_MS;
  }

  function burns({ atMs }: Look, { policy }: IntentLine): boolean {
    return policy.burn.some(({ longMs, shortMs, rate }) =>
      [longMs, shortMs].every((ms) => {
        const { good, total } = telemetry.counts(policy.service, { startMs: atMs - ms, endMs: atMs + 1 });
        return total >= policy.minEvents && 1 - good / total >= rate * 0.01;
      }),
    );
  }

  const isBlamed = (evidence: UpgradeEvidence | null, service: string): boolean =>
    evidence?.changed.includes(service) === true &&
    evidence.conclusion === undefined &&
    (evidence.suspects.length === 0 || evidence.suspects.some((one) => one.service === service));

  function checkDown(look: Look, line: IntentLine): void {
    const { policy, change } = line;
    const what = `${change.kind} of ${policy.flag}`;
    if (!isFresh(look, policy.staleMs))
      complain('P8', `${what} on telemetry of ${look.newestMs}, looked at ${look.atMs}`);
    if (!burns(look, line)) complain('P8', `${what} without a breach`);
    if (!isBlamed(look.evidence, policy.service)) complain('P8', `${what} although the report speaks against it`);
  }

  /** A way back that nobody asked for begins on fresh data alone. */
  function checkRestore(look: Look | undefined, { proposal, change }: FlagState, policy: Policy): void {
    const isByPeople = (proposal?.approvals.length ?? 0) > 0;
    const isFirst = change?.attempts === 1 && change.firstMs === change.decidedMs;
    if (!isByPeople && isFirst && (look === undefined || !isFresh(look, policy.staleMs))) {
      complain('P8', `${policy.flag} is put back by itself on stale telemetry`);
    }
  }

  return {
    onLook(process: string): void {
      const outdone = telemetry.services.filter(({ control }) => control === 'better').map(({ name }) => name);
      const known = { evidence: telemetry.evidence(), newestMs: telemetry.newestDataMs() };
      looks.set(process, { atMs: time.now(), ...known, outdone: new Set(outdone) });
    },
    /** Recovery is proved beside a control that is no better. */
    checkProof(process: string, { flag, service }: Policy): void {
      if (looks.get(process)?.outdone.has(service)) complain('proof', `${flag}: its control is better still`);
    },
    check(process: string, line: IntentLine): void {
      const { entry, state, policy } = line;
      const look = looks.get(process);
      // Whom people ask for a way back needs no telemetry; who has read none since it started has not looked.
      if (entry.state === 'RESTORE') checkRestore(look, state, policy);
      else if (look === undefined) complain('P8', `${policy.flag} is changed without a look`);
      else if (entry.state !== 'YIELDED') checkDown(look, line);
    },
  };
}
