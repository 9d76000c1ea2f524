/** Cells in, judgement out: the whole analysis of one comparison. Pure and deterministic. */

import type { Cell, Control, DataHealth, EndpointKey, Finding, Report } from '../model.ts';
import { attribute } from './attribution/attribute.ts';
import { leadsOf } from './attribution/leads.ts';
import { withoutMix, worstShift } from './attribution/mix-shift.ts';
import { lostCalls } from './control/completeness.ts';
import { type GuardedArms, guard } from './control/guards.ts';
import { createLadder } from './control/ladder.ts';
import { untouchedCells } from './control/untouched.ts';
import { withoutConsequences } from './detection/consequences.ts';
import { type EndpointMeasurements, measureEndpoint } from './detection/detect.ts';
import { adjustFamilies } from './detection/families.ts';
import { judge, withoutFasterFailures } from './detection/judge.ts';
import { headlineOf, inOrder, isSuspicion, overallVerdict } from './detection/overall.ts';
import { joinBuilds } from './input/build-identity.ts';
import { changedBuilds, manifestNotes } from './input/changed.ts';
import { byEndpoint, endpointId, endpointsOf } from './input/endpoints.ts';
import { normalise } from './input/normalise.ts';
import { insideWindow, mostCalled } from './input/outside.ts';
import type { AnalysisInput, AnalysisSettings, ArmData, PastDay } from './input/settings.ts';
import { callsIn, slotsIn } from './input/totals.ts';
import { measureFanOut } from './requests/fan-out.ts';
import { isPart, measureParts } from './requests/parts.ts';
import { createResamples } from './statistics/resamples.ts';

export type { AnalysisInput, AnalysisSettings, ArmData, PastDay } from './input/settings.ts';
export { DEFAULT_SETTINGS } from './input/settings.ts';

/** A report without its title and actions; exemplars are empty, because they are looked up elsewhere. */
export type Analysis = Omit<Report, 'schema' | 'title' | 'actions'>;

const LADDER: readonly Control[] = ['concurrent', 'history', 'diff-in-diff', 'before-after'];

/**
 * Compares the candidate with the baseline. The result does not depend on the order of the cells, nor on whether a cell
 * comes in one piece or in several. It never throws for want of data: what cannot be said is `inconclusive`
 * and gives its reason.
 */
export function analyse(given: AnalysisInput): Analysis {
  const { baseline, candidate, notes: leftOut } = cleaned(given);
  const changed = changedBuilds(given.changed, baseline.cells, candidate.cells);
  const history = (given.history ?? []).map((day) => pastDay(day, given));
  const input = { ...given, changed, history, baseline, candidate };
  const arms = guard(input);
  const measured = measureAll(arms, input);
  const compared = { ...input, baseline: arms.baseline, candidate: arms.candidate };
  const { findings: judged, shifts } = withoutMix(judgeAll(measured, input.settings), compared);
  const findings = inOrder(judged.filter((each) => !isPart(each) || isWorsening(each, input.settings)));
  const { suspects, conclusion, notes } = attribute(findings, compared, shifts);
  const lost = lostCalls(arms.baseline, arms.candidate, findings, input.settings);
  const doubts = { lostCalls: lost.length, covered: arms.covered };
  const verdict = overallVerdict(findings, doubts, input.settings);
  return {
    verdict,
    conclusion,
    control: LADDER.find((rung) => findings.some(({ control }) => control === rung)) ?? 'before-after',
    headline: headlineOf({
      ...{ verdict, findings, suspects, conclusion, doubts },
      mix: worstShift(shifts)?.text ?? null,
    }),
    windows: { baseline: input.baseline.range, candidate: input.candidate.range },
    findings,
    suspects,
    leads: conclusion === 'NONE' ? leadsOf(inOrder(judged), compared) : [],
    health: healthOf(input, arms, findings, [
      ...lost,
      ...manifestNotes(given.changed, changed),
      ...joinBuilds(given.changed, baseline.cells, candidate.cells).notes,
      ...leftOut,
      ...notes,
    ]),
  };
}

/** Both arms in order, without what is broken, from another time, or too much to be true. */
function cleaned(given: Pick<AnalysisInput, 'baseline' | 'candidate'>) {
  const [before, after] = [normalise(given.baseline), normalise(given.candidate)];
  const [old, fresh] = [insideWindow('baseline', before.arm), insideWindow('candidate', after.arm)];
  const { kept, notes } = mostCalled([old.kept, fresh.kept]);
  const [baseline, candidate] = kept;
  return {
    baseline,
    candidate,
    notes: [...brokenNote(before.broken + after.broken), ...old.notes, ...fresh.notes, ...notes],
  };
}

type Normalised = AnalysisInput & { readonly history: readonly PastDay[] };

function pastDay({ baseline, candidate }: PastDay, arms: Pick<AnalysisInput, 'baseline' | 'candidate'>): PastDay {
  const whole = (arm: ArmData, { cells }: Pick<ArmData, 'cells'>) => normalise({ ...arm, cells, selfTimes: [] }).arm;
  return { baseline: whole(arms.baseline, baseline), candidate: whole(arms.candidate, candidate) };
}

function measureAll({ baseline, candidate, covered }: GuardedArms, { changed, settings, seed, history }: Normalised) {
  const context = { changed, settings, resamples: createResamples(settings.bootstrapDraws, seed), covered };
  const untouched = untouchedCells({ baseline, candidate }, changed);
  const ladder = createLadder({ history, untouched, settings });
  const [before, after] = [byEndpoint(baseline.cells), byEndpoint(candidate.cells)];
  const endpoints = [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((id) => {
    const measurements = measureEndpoint(before.get(id) ?? [], after.get(id) ?? [], { ...context, ladder });
    return measurements === null ? [] : [measurements];
  });
  return [...endpoints, ...measureFanOut(baseline, candidate, context), ...measureParts(baseline, candidate, context)];
}

/** Parts of requests are many: only those that got slower are told. */
function isWorsening(finding: Finding, settings: AnalysisSettings): boolean {
  return finding.verdict === 'regressed' || isSuspicion(finding, settings);
}

function judgeAll(measured: readonly EndpointMeasurements[], settings: AnalysisSettings): Finding[] {
  const tests = measured.flatMap((about) => about.measurements.map((measurement) => ({ about, measurement })));
  const judged = adjustFamilies(tests).map(({ about, measurement, q }) => judge(about, measurement, q, settings));
  // A part of a request is told, and is no ground to act on.
  const told = judged.map((finding) => (isPart(finding) ? { ...finding, conclusive: false } : finding));
  const endpoints = [...Map.groupBy(told, endpointId).values()].flatMap(withoutFasterFailures);
  return [...Map.groupBy(endpoints, ({ service }) => service).values()].flatMap(withoutConsequences);
}

function healthOf(
  input: AnalysisInput,
  arms: GuardedArms,
  findings: readonly Finding[],
  notes: readonly string[],
): DataHealth {
  const endpoints = new Map([...endpointsOf(input.baseline.cells), ...endpointsOf(input.candidate.cells)]);
  const flagged = findings.filter(({ verdict }) => verdict === 'regressed' || verdict === 'improved').length;
  return {
    calls: { baseline: callsIn(input.baseline.cells), candidate: callsIn(input.candidate.cells) },
    slots: { baseline: slotsIn(input.baseline.cells).size, candidate: slotsIn(input.candidate.cells).size },
    services: new Set([...endpoints.values()].map(({ service }) => service)).size,
    endpoints: endpoints.size,
    expectedFalseFlags: flagged * input.settings.falseDiscoveryRate,
    notes: [...notes, ...arms.notes, ...sideNotes(arms), ...fewInstancesNote(findings)],
  };
}

function brokenNote(broken: number): string[] {
  return broken > 0 ? [`Left out: ${broken} cells with counts that are negative or not numbers.`] : [];
}

/** Endpoints that are served on one side only. */
function sideNotes({ baseline, candidate }: GuardedArms): string[] {
  const [before, after] = [endpointsOf(baseline.cells), endpointsOf(candidate.cells)];
  const only = (one: ReadonlyMap<string, Cell>, other: ReadonlyMap<string, Cell>) =>
    [...one]
      .filter(([id]) => !other.has(id))
      .map(([, cell]) => placeOf(cell))
      .sort();
  const [gone, fresh] = [only(before, after), only(after, before)];
  return [
    ...(gone.length > 0 ? [`Served only before: ${gone.join(', ')}.`] : []),
    ...(fresh.length > 0 ? [`Served only after: ${fresh.join(', ')}.`] : []),
  ];
}

function placeOf({ service, endpoint, peer }: EndpointKey): string {
  return peer === '' ? `${service} ${endpoint}` : `${service} ${endpoint} to ${peer}`;
}

function fewInstancesNote(findings: readonly Finding[]): string[] {
  const low = new Set(findings.filter(({ confidence }) => confidence === 'low').map(endpointId)).size;
  if (low === 0) return [];
  return [
    `Confidence is low for ${low} endpoints: under four instances in an arm (blocks of time stand in) or gaps in the data.`,
  ];
}
