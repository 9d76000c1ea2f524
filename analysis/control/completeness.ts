/** Requests that call others much less than before: a service that answers early looks fast, and is not well. */

import type { Finding, SelfTimeCell } from '../../model.ts';
import { servicesIn } from '../input/endpoints.ts';
import { edgeOf, serviceOfPeer } from '../input/graph.ts';
import { byRoot } from '../input/groups.ts';
import { endsOfRoot } from '../input/root.ts';
import type { AnalysisSettings, ArmData } from '../input/settings.ts';
import { addUp, type Count } from '../statistics/counts.ts';
import { benjaminiHochberg } from '../statistics/fdr.ts';
import { compareRates, type RateComparison } from '../statistics/ratio.ts';

/** Calls per request must fall below this part of what they were. */
const REMAINS = 0.5;
/** And have been at least this many in the baseline's sample. */
const FEWEST_CALLS = 30;

/**
 * One sentence for every call from service to service, within a root endpoint, that became rare and that no finding explains.
 * A regression of calls per request says it all; where that stayed open, spans may be missing instead of calls.
 */
export function lostCalls(
  baseline: ArmData,
  candidate: ArmData,
  findings: readonly Finding[],
  { falseDiscoveryRate }: AnalysisSettings,
): string[] {
  const services = servicesIn(baseline);
  const about = new Map(
    findings
      .filter(({ signal }) => signal === 'calls')
      .map((finding) => [`${finding.service}->${serviceOfPeer(finding, services)}`, finding.verdict]),
  );
  const [before, after] = [byRoot(baseline.selfTimes), byRoot(candidate.selfTimes)];
  const tests = [...before].flatMap(([root, cells]) => {
    const now = after.get(root) ?? [];
    const units = [...new Set(cells.map(({ unit }) => unit))]
      .filter((unit) => edgeOf(unit) !== null && about.get(unit) !== 'regressed')
      .sort();
    return units.map((unit) => ({ root, unit, test: compareCalls(unit, cells, now) }));
  });
  const adjusted = benjaminiHochberg(tests.map(({ test }) => test.p));
  return tests.flatMap(({ root, unit, test }, index) => {
    const fewer = test.candidate.rate < REMAINS * test.baseline.rate && test.baseline.events >= FEWEST_CALLS;
    return fewer && (adjusted[index] ?? 1) <= falseDiscoveryRate
      ? [sentence(root, unit, test, about.get(unit) === 'inconclusive')]
      : [];
  });
}

/** Each slot is one cluster: calls of the unit, of the requests that entered in that slot and passed its caller. */
function compareCalls(unit: string, before: readonly SelfTimeCell[], after: readonly SelfTimeCell[]): RateComparison {
  return compareRates(countSlots(unit, before), countSlots(unit, after), { paired: false, noise: 'poisson' });
}

function countSlots(unit: string, cells: readonly SelfTimeCell[]): Count[] {
  const caller = edgeOf(unit)?.caller;
  return [...Map.groupBy(cells, ({ slotMs }) => slotMs).values()].map((slot) =>
    addUp(
      slot.map((cell) => ({
        events: cell.unit === unit ? cell.spans : 0,
        exposure: cell.unit === caller ? cell.requests : 0,
      })),
    ),
  );
}

function sentence(root: string, unit: string, { baseline, candidate }: RateComparison, isOpen: boolean): string {
  const [from, to] = [baseline, candidate].map(({ rate }) => rate.toFixed(2));
  const what = isOpen ? 'whether its telemetry is complete' : 'that its answers are complete';
  return `${endsOfRoot(root).join(' ')}: calls ${unit} per request fell from ${from} to ${to}: check ${what}.`;
}
