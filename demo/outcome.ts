/** Whether the story went as it should: what Hinge said and did, against what was done to the shop. Pure. */
import type { Action, Finding, JournalState, Report } from '../model.ts';

export interface Outcome {
  readonly fault: boolean;
  readonly report: Report;
  readonly actions: readonly Action[];
  /** At the end, as Unleash says. */
  readonly flagIsOn: boolean;
  /** p95 of an order as the customers measured it, milliseconds. */
  readonly orderP95Ms: { readonly baseline: number; readonly candidate: number; readonly recovered: number };
}

/** The binary that carries the fault. */
const CULPRIT = 'checkout';

const CHANGES: readonly JournalState[] = ['STEP_DOWN', 'TUNE', 'KILL'];

const isTail = ({ signal }: Finding): boolean => signal === 'latency.p95' || signal === 'latency.p99';

/** Sentences on what is missing from the story with the fault. */
function missingOfFault({ report, actions, flagIsOn, orderP95Ms }: Outcome): string[] {
  const regressed = report.findings.filter(({ verdict }) => verdict === 'regressed');
  const [first] = report.suspects;
  const { baseline, candidate, recovered } = orderP95Ms;
  const demands: readonly (readonly [boolean, string])[] = [
    [report.verdict === 'regressed', `the report's verdict is ${report.verdict}, not regressed`],
    [regressed.some(isTail), 'no tail regression was found'],
    [regressed.some(({ signal }) => signal === 'retries'), 'no retry regression was found'],
    [
      first?.service === CULPRIT && first.changed,
      `the first suspect is ${first?.service ?? 'nobody'}, not ${CULPRIT} as changed by the upgrade`,
    ],
    [actions.some(({ state }) => CHANGES.includes(state)), 'the controller did not turn the flag down'],
    [!flagIsOn, 'the flag is still on'],
    [actions.some(({ state }) => state === 'HOLD'), 'recovery was not proved'],
    [
      recovered < (baseline + candidate) / 2,
      `customers do not see the recovery: p95 ${Math.round(baseline)}, ${Math.round(candidate)}, ${Math.round(recovered)} ms`,
    ],
  ];
  return demands.flatMap(([met, sentence]) => (met ? [] : [sentence]));
}

/** Sentences on what was found although there was nothing to find. */
function excessOfPeace({ report, actions, flagIsOn }: Outcome): string[] {
  const regressed = report.findings
    .filter(({ verdict }) => verdict === 'regressed')
    .map(({ service, endpoint, signal }) => `${service} ${endpoint} ${signal} was found regressed`);
  const touched = actions
    .filter(({ state }) => state !== 'OBSERVE')
    .map(({ state, text }) => `the controller reached ${state}: ${text}`);
  return [...regressed, ...touched, ...(flagIsOn ? [] : ['the flag was turned off'])];
}

/** What went otherwise than it should, in sentences; empty when the story went well. */
export function complaintsOf(outcome: Outcome): string[] {
  return outcome.fault ? missingOfFault(outcome) : excessOfPeace(outcome);
}
