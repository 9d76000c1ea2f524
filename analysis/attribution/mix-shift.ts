/** Latency that moved because other requests came, not because anything got slower: told from a regression by root endpoint. */

import { sum } from 'simple-statistics';
import type { Cell, Finding, Verdict } from '../../model.ts';
import { isSuspicion } from '../detection/overall.ts';
import { byEndpoint, endpointId, servicesIn } from '../input/endpoints.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { countOf, mergeHistograms, totalNs } from '../statistics/histogram.ts';
import { type MixSplit, splitMix } from './mix-split.ts';
import { type RootTimes, rootTimes, strataOf } from './mix-strata.ts';
import { causeOf, placeOf, requestsOf, sizeOf } from './mix-words.ts';
import { slowerWithin, type TimeInput } from './time.ts';

/** A change that is mostly mix: how it was judged without and is judged with regard to that, and the sentence that says so. */
export interface MixShift {
  readonly was: Verdict;
  readonly finding: Finding;
  readonly text: string;
}

interface MixJudgement {
  readonly findings: readonly Finding[];
  readonly shifts: readonly MixShift[];
}

/** Of the shifts that were called regressed, the one by the largest factor; null where none was. */
export function worstShift(shifts: readonly MixShift[]): MixShift | null {
  const ratioOf = ({ finding }: MixShift) => finding.ratio ?? 0;
  const regressed = shifts.filter(({ was }) => was === 'regressed');
  return regressed.sort((one, other) => ratioOf(other) - ratioOf(one))[0] ?? null;
}

/** Mix explains a change when at least this part of it, and at most its inverse, is the mix's. */
const MOST = 0.5;
/** Root endpoints tell of a service, not of its endpoints: one endpoint must make up nearly all of its calls. */
const SOLE = 0.9;

/** Either arm, as the strata need it. */
interface MixArm {
  readonly cells: ReadonlyMap<string, readonly Cell[]>;
  readonly calls: ReadonlyMap<string, number>;
  readonly roots: RootTimes;
}

interface MixArms {
  readonly baseline: MixArm;
  readonly candidate: MixArm;
}

/**
 * Findings of latency whose change is mostly another mix of root endpoints, judged anew by what changed like for like: a
 * regression still where that alone is surely beyond the tolerance, `unchanged` where it is surely within, else `inconclusive`.
 */
export function withoutMix(findings: readonly Finding[], input: TimeInput): MixJudgement {
  if (!findings.some((finding) => isAsked(finding, input.settings))) return { findings, shifts: [] };
  const arms = { baseline: armOf(input.baseline), candidate: armOf(input.candidate) };
  const services = servicesIn(input.baseline, input.candidate);
  const slower = remember((root, signal) => slowerWithin(root, signal, input));
  const shifts: MixShift[] = [];
  const judged = findings.map((finding) => {
    const split = canBeMix(finding, arms, input.settings) ? splitOf(finding, { arms, services, slower, input }) : null;
    if (split === null) return finding;
    const { isExplained, ...anew } = judgeAnew(finding, split, input);
    const text = `${placeOf(finding)}: ${causeOf(finding, split)}`;
    if (isExplained) shifts.push({ was: finding.verdict, finding: anew.finding, text });
    return anew.finding;
  });
  return { findings: judged, shifts };
}

function armOf({ cells, selfTimes }: TimeInput['baseline']): MixArm {
  const endpoints = byEndpoint(cells);
  return { cells: endpoints, calls: callsBySide([...endpoints.values()]), roots: rootTimes(selfTimes) };
}

type SlowerWithin = (root: string, signal: string) => ReadonlySet<string>;

/** Many findings ask the same of one root endpoint. */
function remember(compute: SlowerWithin): SlowerWithin {
  const known = new Map<string, ReadonlySet<string>>();
  return (root, signal) => {
    const found = known.get(root + signal) ?? compute(root, signal);
    known.set(root + signal, found);
    return found;
  };
}

/** Where old and new serve in the same slots they serve the same requests. */
function isAsked(finding: Finding, settings: AnalysisSettings): boolean {
  const { signal, verdict, control } = finding;
  if (!signal.startsWith('latency.') || control === 'concurrent') return false;
  return verdict === 'regressed' || verdict === 'improved' || isSuspicion(finding, settings);
}

function canBeMix(finding: Finding, { baseline, candidate }: MixArms, settings: AnalysisSettings): boolean {
  if (!isAsked(finding, settings)) return false;
  return [baseline, candidate].every(({ cells, calls }) => {
    const own = sum((cells.get(endpointId(finding)) ?? []).map((cell) => cell.calls));
    return own >= SOLE * (calls.get(sideOf(finding)) ?? 0);
  });
}

interface MixContext {
  readonly arms: MixArms;
  readonly services: ReadonlySet<string>;
  readonly slower: SlowerWithin;
  readonly input: TimeInput;
}

/** Null unless the mix explains most of what is seen, and nothing below the endpoint got slower within its root endpoint. */
function splitOf(finding: Finding, { arms, services, slower, input }: MixContext): MixSplit | null {
  const sideOfSplit = ({ roots }: MixArm) => ({ strata: strataOf(finding, roots, services), roots });
  const [before, after] = [sideOfSplit(arms.baseline), sideOfSplit(arms.candidate)];
  const split = splitMix(before, after, input.settings.instanceSd);
  if (split === null || !isMostlyMix(split, finding, arms)) return null;
  const rose = after.strata.some(({ root, parts }) => {
    const units = slower(root, finding.signal);
    return parts.some(({ unit }) => units.has(unit));
  });
  return rose && split.mixNs > 0 ? null : split;
}

/** Of the mean that the endpoint's own calls show as well, because what the strata add up to is put together from parts. */
function isMostlyMix({ mixNs, performanceNs, baselineNs }: MixSplit, finding: Finding, arms: MixArms): boolean {
  const before = meanNs(arms.baseline, finding);
  const explained = mixNs / baselineNs / (meanNs(arms.candidate, finding) / before - 1);
  const rose = (finding.candidate ?? 0) > (finding.baseline ?? 0);
  const sized = explained >= MOST && explained <= 1 / MOST && mixNs / (mixNs + performanceNs) > MOST;
  return sized && mixNs > 0 === rose;
}

/** What is known like for like is the mean: it speaks for the middle of the distribution, not for its tail. */
function judgeAnew(finding: Finding, split: MixSplit, { settings }: TimeInput) {
  const [low, high] = split.intervalNs.map((ns) => 1 + ns / split.baselineNs) as [number, number];
  const limit = 1 + settings.tolerances.p50;
  const isExplained = split.mixNs > 0 ? low <= limit : high >= 1 / limit;
  if (!isExplained || finding.verdict === 'inconclusive')
    return {
      isExplained,
      finding: { ...finding, reason: `${finding.reason}; ${requestsOf(split)}; ${sizeOf(split)}` },
    };
  const verdict: Verdict =
    finding.signal === 'latency.p50' && low >= 1 / limit && high <= limit ? 'unchanged' : 'inconclusive';
  const reason = `${causeOf(finding, split)}; ${sizeOf(split)}`;
  return { isExplained, finding: { ...finding, verdict, reason, conclusive: false, shift: [] } };
}

const CALLING = new Set(['CLIENT', 'PRODUCER']);

/** Which calls an endpoint is one of: those into its service, or those that its service makes to the peer. */
function sideOf({ service, kind, peer }: Pick<Finding, 'service' | 'kind' | 'peer'>): string {
  return JSON.stringify(CALLING.has(kind) ? [service, peer] : [service]);
}

/** `endpoints`: the cells of each. */
function callsBySide(endpoints: readonly (readonly Cell[])[]): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const cells of endpoints) {
    const [any] = cells;
    if (any === undefined || any.kind === 'INTERNAL' || any.kind === 'UNSPECIFIED') continue;
    calls.set(sideOf(any), (calls.get(sideOf(any)) ?? 0) + sum(cells.map((cell) => cell.calls)));
  }
  return calls;
}

function meanNs({ cells }: MixArm, finding: Finding): number {
  const durations = mergeHistograms((cells.get(endpointId(finding)) ?? []).map((cell) => cell.durations));
  return totalNs(durations) / countOf(durations);
}
