/** Suspects: every service with evidence, ranked by the part of the regression that it explains; and the conclusion. */

import type { ChangedBuild, Conclusion, Finding, Suspect } from '../../model.ts';
import { isSuspicion } from '../detection/overall.ts';
import { buildsByService } from '../input/changed.ts';
import { servicesIn } from '../input/endpoints.ts';
import { trafficOf } from '../requests/requests.ts';
import { duration } from '../words.ts';
import { isEnvironment } from './environment.ts';
import { CHANNELS, type Channel, type Charge, type ShareOfBlame, sharesOf } from './evidence.ts';
import { chargeErrors, chargeRetries } from './failures.ts';
import { type MixShift, worstShift } from './mix-shift.ts';
import { workShifts } from './own-work.ts';
import { chargePattern } from './pattern.ts';
import { rolloutEvidence } from './rollout.ts';
import { chargeTime, type JudgedUnit, judgeUnits, type TimeInput } from './time.ts';
import { waitShifts } from './waits.ts';

export interface Attribution {
  readonly suspects: readonly Suspect[];
  readonly conclusion: Conclusion;
  readonly notes: readonly string[];
}

/** A service explains the regression when at least this part of it is its own. */
const LEAST_SHARE = 0.5;

/** Evidence of nothing but how often a service calls others. */
const PATTERNS: ReadonlySet<Channel> = new Set(['calls', 'retries', 'pattern']);

/** `findings`: all of them, worst first. Without a regression nobody is suspected; `shifts`: those that are mostly mix. */
export function attribute(
  findings: readonly Finding[],
  input: TimeInput,
  shifts: readonly MixShift[] = [],
): Attribution {
  const regressed = findings.filter(({ verdict }) => verdict === 'regressed');
  if (regressed.length === 0) return withoutRegression(findings, shifts, input);
  const latency = regressed.filter(({ signal }) => signal.startsWith('latency.'));
  const units = judgeUnits(latency, input);
  const slower = new Set(units.filter((unit) => unit.slower).map(({ unit }) => unit));
  const charges = [...chargeTime(units), ...chargeCallsOf(findings, slower, input)];
  const suspects = rank(charges, units, input);
  const notes =
    latency.length > 0 && units.length === 0
      ? ['No traces of the endpoints that regressed were sampled in both arms: their time cannot be attributed.']
      : [];
  return { suspects, conclusion: conclude(suspects, charges, units, input.changed.length > 0), notes };
}

/** What regressed of errors, retries and calls per request, laid at the doors of services. `slower`: whose self time rose. */
export function chargeCallsOf(findings: readonly Finding[], slower: ReadonlySet<string>, input: TimeInput): Charge[] {
  const context = {
    findings,
    services: servicesIn(input.baseline, input.candidate),
    changed: new Set(input.changed.map(({ service }) => service)),
    waits: waitShifts(input.baseline.cells, input.candidate.cells),
    slower,
  };
  const traffic = trafficOf(input.baseline.selfTimes, context.services);
  const patterns = { ...context, traffic, work: workShifts(input) };
  return [...chargeErrors(context), ...chargeRetries(context), ...chargePattern(patterns)];
}

/**
 * Where all that looked like a regression was mix, it is the conclusion; unless something else is suspected that it does not
 * explain, because the conclusion acquits. Of the many latencies only what is more than chance counts.
 */
function withoutRegression(
  findings: readonly Finding[],
  shifts: readonly MixShift[],
  { settings }: TimeInput,
): Attribution {
  const explained = new Set(shifts.map(({ finding }) => finding));
  const isChance = ({ signal, q }: Finding) => signal.startsWith('latency.') && (q ?? 1) > settings.falseDiscoveryRate;
  const others = findings.filter(
    (finding) => !explained.has(finding) && !isChance(finding) && isSuspicion(finding, settings),
  );
  const isMix = worstShift(shifts) !== null && others.length === 0;
  return { suspects: [], conclusion: isMix ? 'TRAFFIC_MIX' : 'NONE', notes: [] };
}

function rank(charges: readonly Charge[], units: readonly JudgedUnit[], input: TimeInput): Suspect[] {
  const shares = sharesOf(charges, input.settings.bootstrapDraws);
  const supported = new Set(charges.filter(isEvidence).map(({ service }) => service));
  const manifest = new Map(input.changed.map((build) => [build.service, build]));
  const ran = { before: buildsByService(input.baseline.cells), after: buildsByService(input.candidate.cells) };
  const named = new Set([...shares].filter(([, { share }]) => share > 0).map(([service]) => service));
  const shareOf = (service: string) => shares.get(service)?.share ?? 0;
  const services = [...named.union(new Set(manifest.keys()))].sort(
    (one, other) =>
      Number(supported.has(other)) - Number(supported.has(one)) ||
      shareOf(other) - shareOf(one) ||
      Number(manifest.has(other)) - Number(manifest.has(one)) ||
      (one < other ? -1 : 1),
  );
  return services.map((service, index) => ({
    rank: index + 1,
    service,
    ...buildsOf(service, manifest.get(service), ran),
    changed: manifest.has(service),
    ...sized(shares.get(service)),
    evidence: evidenceFor(service, charges, units, input),
  }));
}

function isEvidence({ significant, amount }: Charge): boolean {
  return significant && amount > 0;
}

type Builds = ReturnType<typeof buildsByService>;

function sized(blame: ShareOfBlame | undefined): Pick<Suspect, 'share' | 'interval'> {
  return blame === undefined ? { share: null, interval: null } : { share: blame.share, interval: blame.interval };
}

/** Builds by the manifest, else as telemetry shows them on either side. */
export function buildsOf(service: string, manifest: ChangedBuild | undefined, ran: Record<'before' | 'after', Builds>) {
  const [before, after] = [ran.before, ran.after].map((builds) => [...(builds.get(service) ?? [])].sort()) as [
    string[],
    string[],
  ];
  const fresh = after.filter((build) => !before.includes(build));
  return {
    from: manifest?.from ?? before.join(', '),
    to: manifest?.to ?? (fresh.length > 0 ? fresh : after).join(', '),
  };
}

/** Sentences for the service, largest charge first; then what speaks against it. */
function evidenceFor(
  service: string,
  charges: readonly Charge[],
  units: readonly JudgedUnit[],
  input: TimeInput,
): string[] {
  const own = charges.filter((charge) => charge.service === service);
  const support = own
    .filter(isEvidence)
    .sort((one, other) => CHANNELS.indexOf(one.channel) - CHANNELS.indexOf(other.channel) || other.amount - one.amount);
  const chance = own.filter((charge) => charge.amount > 0 && !charge.significant);
  const isChanged = input.changed.length === 0 || input.changed.some((build) => build.service === service);
  const rollout = support.some(({ channel }) => channel === 'time') ? rolloutEvidence(service, input) : null;
  const against = [
    ...(isChanged ? [] : ['against it: the manifest does not name it']),
    ...(support.length > 0 ? [] : [withoutSupport(service, chance, units)]),
  ];
  return [...support.map(({ text }) => text), ...(rollout?.support ?? []), ...against, ...(rollout?.against ?? [])];
}

function withoutSupport(service: string, chance: readonly Charge[], units: readonly JudgedUnit[]): string {
  const first = chance[0];
  if (first !== undefined) return `against it: no more than chance (${first.text})`;
  if (units.length === 0) return 'against it: neither its failures nor its repeated calls rose';
  const unit = units.find((candidate) => candidate.unit === service);
  if (unit === undefined) return 'against it: it was not seen in the traces of what regressed';
  return `against it: its self time per request did not rise (${duration(unit.baselineNs)} before, ${duration(unit.candidateNs)} after)`;
}

/** The conclusions of docs/statistics.md, in its order. */
function conclude(
  suspects: readonly Suspect[],
  charges: readonly Charge[],
  units: readonly JudgedUnit[],
  isKnownWhatChanged: boolean,
): Conclusion {
  if (isEnvironment(units)) return 'ENVIRONMENT';
  const top = suspects[0];
  const evidence = charges.filter((charge) => charge.service === top?.service && isEvidence(charge));
  if (top === undefined || evidence.length === 0) return 'UNEXPLAINED';
  if (!top.changed) return isKnownWhatChanged ? 'EXTERNAL' : 'UNEXPLAINED';
  if (evidence.every(({ channel }) => PATTERNS.has(channel))) return 'CALL_PATTERN';
  return (top.share ?? 0) >= LEAST_SHARE ? 'BINARY' : 'CONTRIBUTING';
}
