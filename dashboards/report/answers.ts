/** The first screen: did it get worse, where, by how much, which binary, which flag, what was done, did it help. */
import type { Action, JournalState, Report, Suspect } from '../../model.ts';
import { byEndpoint, verdictCounts } from './groups.ts';
import {
  buildName,
  CONCLUSION_WORDS,
  clockTime,
  count,
  counted,
  endpointName,
  findingSentence,
  share,
  VERDICT_WORDS,
  VERDICTS,
} from './words.ts';

export interface Answer {
  readonly ask: string;
  readonly say: string;
}

/** Endpoints named on the first screen; the rest are counted. */
const NAMED = 3;

const CHANGES: readonly JournalState[] = ['STEP_DOWN', 'TUNE', 'KILL'];

/** One answer a question, in the order in which an SRE asks. Questions that do not arise are left out. */
export function answers(report: Report): readonly Answer[] {
  const regressed = byEndpoint(report.findings).filter((endpoint) => endpoint.verdict === 'regressed');
  const worst = report.findings.find((finding) => finding.verdict === 'regressed');
  const list: readonly (Answer | null)[] = [
    { ask: 'Worse?', say: worse(report) },
    regressed.length === 0 ? null : { ask: 'Where', say: where(regressed) },
    worst === undefined ? null : { ask: 'How much', say: findingSentence(worst) },
    report.conclusion === 'NONE' ? null : { ask: 'Which binary', say: binary(report) },
    ...deeds(report.actions),
  ];
  return list.filter((answer) => answer !== null);
}

/** `4 regressed, 2 inconclusive, 1 improved, 30 unchanged; 0.2 false flags expected`. */
export function countsSentence(report: Report): string {
  const counts = verdictCounts(report.findings);
  const parts = VERDICTS.map((verdict) => `${counts[verdict]} ${VERDICT_WORDS[verdict].toLowerCase()}`);
  return `${parts.join(', ')}; ${expectedFalseFlags(report)} expected`;
}

/** `0.2 false flags`. */
function expectedFalseFlags(report: Report): string {
  const expected = Number(report.health.expectedFalseFlags.toPrecision(2));
  return `${expected} false flag${expected === 1 ? '' : 's'}`;
}

/** `checkout 2.13.4 → 2.14.0`; the name alone where no build is known. */
export function suspectName(suspect: Pick<Suspect, 'service' | 'from' | 'to'>): string {
  if (suspect.from === '' && suspect.to === '') return suspect.service;
  return `${suspect.service} ${buildName(suspect.from)} → ${buildName(suspect.to)}`;
}

/** `explains 86 % (78 % to 93 %), confirmed by intervention`. */
export function suspectShare(suspect: Suspect): string {
  const { interval, intervention } = suspect;
  const tried = intervention === undefined ? '' : `, ${intervention} by intervention`;
  if (suspect.share === null) return `explains an unknown share${tried}`;
  const range = interval === null ? '' : ` (${share(interval[0])} to ${share(interval[1])})`;
  return `explains ${share(suspect.share)}${range}${tried}`;
}

function worse(report: Report): string {
  const counts = verdictCounts(report.findings);
  const tests = counted(report.findings.length, 'test');
  if (report.verdict === 'regressed')
    return `Yes: ${counts.regressed} of ${tests} regressed, ${expectedFalseFlags(report)} expected`;
  if (report.verdict === 'inconclusive')
    return `Cannot tell: ${counts.inconclusive} of ${tests} inconclusive, none regressed`;
  if (report.verdict === 'improved') return `No, better: ${counts.improved} of ${tests} improved, none regressed`;
  return `No: none of ${tests} regressed`;
}

function where(regressed: ReturnType<typeof byEndpoint>): string {
  const named = regressed.slice(0, NAMED).map((endpoint) => `${endpoint.service}: ${endpointName(endpoint)}`);
  const rest = regressed.length - named.length;
  return named.join('; ') + (rest > 0 ? `; and ${count(rest)} more` : '');
}

function binary(report: Report): string {
  const [first] = report.suspects;
  const because = CONCLUSION_WORDS[report.conclusion];
  if (first === undefined) return `None named: ${because}`;
  // Cleared ones come last: where the first is cleared, all are.
  if (first.intervention === 'cleared')
    return `None left: ${report.suspects.map(suspectName).join(', ')} cleared by intervention; look elsewhere`;
  const outside = isOutside(first, report.suspects) ? ' (not in the upgrade)' : '';
  return `${suspectName(first)}${outside} ${suspectShare(first)}: ${because}`;
}

/** Without any changed build nobody knows what the upgrade changed. Every build of a manifest is among the suspects. */
export function isOutside(suspect: Suspect, suspects: readonly Suspect[]): boolean {
  return !suspect.changed && suspects.some(({ changed }) => changed);
}

function deeds(actions: readonly Action[]): readonly Answer[] {
  const done = actions.findLast((action) => CHANGES.includes(action.state)) ?? actions.at(-1);
  // Watching alone is nothing done.
  if (done === undefined || actions.every(({ state }) => state === 'OBSERVE')) return [];
  const helped = recovery(
    actions.filter((action) => action.flag === done.flag && action.environment === done.environment),
  );
  return [
    { ask: 'Which flag', say: `${done.flag} in ${done.environment}` },
    { ask: 'Done', say: `${clockTime(done.atMs)} UTC: ${done.text}` },
    ...(helped === null ? [] : [{ ask: 'Did it help?', say: helped }]),
  ];
}

/** Recovery is proved by a HOLD that follows VERIFY_RECOVERY: a person's hold proves nothing. */
function recovery(actions: readonly Action[]): string | null {
  const since = actions.slice(actions.findLastIndex((action) => CHANGES.includes(action.state)));
  if (!since.some((action) => CHANGES.includes(action.state))) return null;
  const proof = since.find((action, i) => action.state === 'HOLD' && since[i - 1]?.state === 'VERIFY_RECOVERY');
  const failure = since.find((action) => action.state === 'EXHAUSTED');
  if (failure !== undefined) return `No: ${failure.text}`;
  if (proof !== undefined) return `Yes: ${proof.text}`;
  return `Not known yet: ${since.at(-1)?.text ?? ''}`;
}
