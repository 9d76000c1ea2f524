/** Whether the flag's behaviour is to blame, on the data at hand. No data, old data or thin data confirm nothing. */

import { endpointId } from '../analysis/input/endpoints.ts';
import { badShare, burnRate, ruleHolds } from '../analysis/live/burn.ts';
import { isPart } from '../analysis/requests/parts.ts';
import type { Finding } from '../model.ts';
import type { Policy } from './behaviour.ts';
import type { LiveReading, Readings, SloReading, UpgradeEvidence } from './readings.ts';
import { signalOf } from './signal.ts';
import type { Breach } from './state.ts';

/** Data from further ahead than this means that a clock is wrong. */
const CLOCK_SKEW_MS = 60_000;

const percent = (share: number): string => `${(share * 100).toPrecision(3)} %`;
const span = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`);

/** Why the telemetry is no ground to act on; null when it is. The figures are left out: the same fault gives the same words. */
export function staleness(readings: Readings, nowMs: number, policy: Policy): string | null {
  const { newestDataMs } = readings;
  if (newestDataMs === null) return 'no telemetry has arrived: nothing is decided';
  if (nowMs - newestDataMs > policy.staleMs)
    return `the newest telemetry is older than ${span(policy.staleMs)}: nothing is decided`;
  if (newestDataMs - nowMs > CLOCK_SKEW_MS)
    return 'telemetry comes from the future: check the clocks; nothing is decided';
  return null;
}

function burning(reading: SloReading, minEvents: number, nowMs: number): Breach | null {
  const held = reading.rules.find((rule) => ruleHolds(rule, reading.objective, minEvents));
  if (held === undefined) return null;
  const share = badShare(held.short) ?? 0;
  const rate = burnRate(held.short, reading.objective) ?? 0;
  const windows = `${span(held.rule.longMs)} and ${span(held.rule.shortMs)}`;
  const because = `${reading.slo} burns ${rate.toPrecision(3)} times its budget over ${windows} (${percent(share)} bad)`;
  return { atMs: nowMs, slo: reading.slo, badShare: share, because };
}

const isSuspicious = ({ service: of, verdict, confidence, control }: Finding, service: string): boolean =>
  of === service && verdict === 'regressed' && confidence === 'high' && control !== 'before-after';

/** Calls per request, metrics and parts of requests are not. */
const isTestedLive = (finding: Finding): boolean =>
  !isPart(finding) && (finding.signal.startsWith('latency.') || ['errors', 'retries'].includes(finding.signal));

/** The report's q at the one look when the window is full: half of the error that is allowed, because the looks before have theirs. */
const ONE_LOOK_ERROR = 0.0025;

/**
 * What a finding lacks to be acted on, in words; null for nothing. The report's test holds for one look, while a controller
 * looks every few seconds. So, where old and new serve the same minutes, the whole interval must lie beyond the tolerance, not
 * the estimate alone, and the live test, which may be looked at as often as one likes, has to suspect the same endpoint, or to
 * have done so when it ended. At the one look when the window is full the report's word is enough, at a twentieth of its usual
 * error. The weaker controls and signals that the live test does not test count at that look alone, with the whole interval
 * (docs/live.md has how often each would be wrong).
 */
function missingOf(finding: Finding, live: LiveReading | null, isComplete: boolean): string | null {
  const isConcurrent = finding.control === 'concurrent';
  const isTested = isConcurrent && isTestedLive(finding);
  if (isTested && isComplete && (finding.q ?? 1) <= ONE_LOOK_ERROR) return null;
  if (!finding.conclusive) return 'the interval reaches into the tolerance';
  const isSeen = live === null || live.findings.some(({ key }) => endpointId(key) === endpointId(finding));
  if (isConcurrent && isSeen) return null;
  if (isTested) return isComplete ? 'the live test did not see it' : 'the live test does not see it yet';
  const what = isConcurrent ? 'this signal' : 'this control';
  return isComplete ? null : `with ${what} it counts when the time after the upgrade that is compared is over`;
}

function wordsOf({ endpoint, service, signal, ratio, control }: Finding): string {
  const times = ratio === null ? '' : ` ${ratio.toPrecision(3)} times`;
  return `${endpoint} of ${service} regressed in ${signal}${times} (control: ${control})`;
}

function regressed(because: string, finding: Finding | undefined, nowMs: number): Breach {
  const signal = finding === undefined ? null : signalOf(finding);
  return { atMs: nowMs, slo: null, badShare: null, because, ...(signal === null ? {} : { signal }) };
}

function lived({ live }: Readings, { findings }: UpgradeEvidence, nowMs: number): Breach | null {
  if (live?.decision !== 'act') return null;
  const [first] = live.findings;
  const isSame = (one: Finding) =>
    first !== undefined && one.signal === first.signal && endpointId(one) === endpointId(first.key);
  return regressed(live.text, findings.find(isSame), nowMs);
}

function found({ live }: Readings, { findings, isComplete }: UpgradeEvidence, service: string, nowMs: number) {
  const suspicious = findings.filter((one) => isSuspicious(one, service));
  const finding = suspicious.find((one) => missingOf(one, live, isComplete === true) === null);
  return finding === undefined ? null : regressed(wordsOf(finding), finding, nowMs);
}

/** What is more than chance, by the live test or with a control by the report; null for nothing. */
function suspected({ live }: Readings, { findings, isComplete }: UpgradeEvidence, service: string): string | null {
  if (live?.decision === 'suspect') return live.text;
  const finding = findings.find((one) => isSuspicious(one, service));
  if (finding === undefined) return null;
  return `suspected: ${wordsOf(finding)}, but ${missingOf(finding, live, isComplete === true)}`;
}

const ELSEWHERE = new Set<string | undefined>(['TRAFFIC_MIX', 'EXTERNAL', 'ENVIRONMENT']);

/**
 * Why the behaviour's service is not to blame; null when it may be. Suspects that do not name it acquit it. A report with no
 * suspects yet acquits nobody: the budget burns, the manifest names the service, and waiting for a ranking costs users.
 */
function acquittal(readings: Readings, evidence: UpgradeEvidence, service: string): string | null {
  if (!evidence.changed.includes(service)) return `the upgrade does not change ${service}`;
  if (readings.exposure?.exposed === 0) return 'no instance reports a variant of the flag';
  if (ELSEWHERE.has(evidence.conclusion)) return `the report finds the cause elsewhere (${evidence.conclusion})`;
  if (evidence.suspects.length === 0) return null;
  const suspect = evidence.suspects.find((one) => one.service === service);
  if (suspect === undefined) return `${service} is not among the suspects`;
  const [, high] = suspect.interval ?? [0, 1];
  return high <= 0 ? `the report finds no share of ${service} in the regression` : null;
}

export interface Ground {
  readonly kind: 'confirmed';
  readonly breach: Breach;
  /** A finding of the report alone: neither does the budget burn, nor does the live test act. */
  readonly isFinding: boolean;
}

export type Judgement =
  | Ground
  /** More than chance, less than a ground to act on; `why` says what is missing. */
  | { readonly kind: 'suspected'; readonly why: string }
  | { readonly kind: 'acquitted'; readonly why: string }
  | { readonly kind: 'quiet' };

/** Supposes fresh telemetry, see `staleness`. */
export function judge(readings: Readings, nowMs: number, policy: Policy): Judgement {
  const { evidence } = readings;
  if (evidence === null) return { kind: 'quiet' };
  const breaches = readings.slos.flatMap((reading) => burning(reading, policy.minEvents, nowMs) ?? []);
  breaches.sort((a, b) => (b.badShare ?? 0) - (a.badShare ?? 0));
  const strong = breaches[0] ?? lived(readings, evidence, nowMs);
  const breach = strong ?? found(readings, evidence, policy.service, nowMs);
  const suspicion = breach?.because ?? suspected(readings, evidence, policy.service);
  if (suspicion === null) return { kind: 'quiet' };
  const why = acquittal(readings, evidence, policy.service);
  if (why !== null) return { kind: 'acquitted', why: `${suspicion}, but ${why}` };
  return breach === null
    ? { kind: 'suspected', why: suspicion }
    : { kind: 'confirmed', breach, isFinding: strong === null };
}
