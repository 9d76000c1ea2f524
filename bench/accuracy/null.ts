/** How often Hinge finds what is not there: releases without a fault, and many endpoints of which few are at fault. */

import { mean, sampleStandardDeviation } from 'simple-statistics';
import { studentQuantile } from '../../analysis/statistics/distributions.ts';
import type { Finding } from '../../model.ts';
import { type CellPlan, drawCells } from '../../rehearse/cells.ts';
import { type Block, type BlockOptions, type Row, shareRow } from './row.ts';
import { CELL_PLAN, countOf, judge, NOISE, plainEndpoints, QUIET_HOUR_MS, repeat } from './simulate.ts';

const ENDPOINTS = 40;
const CALLS = 4_000;
const HALF_A_DAY_MS = 12 * 3_600_000;

const DAYLIGHT: Partial<CellPlan> = {
  noise: { ...NOISE, dailyRise: 0.08 },
  baselineMs: QUIET_HOUR_MS,
  candidateMs: QUIET_HOUR_MS + HALF_A_DAY_MS,
};

/** Six of the eight services. */
const UNTOUCHED = Array.from({ length: 6 }, (_, index) => `service${index + 2}`);

const SCENES: readonly (readonly [what: string, plan: Partial<CellPlan>, record: string])[] = [
  ['nothing changed', {}, "Kayenta's rule 0-6.5 %; Mozilla Perfherder 12.5 % of its alerts"],
  ['nothing changed, +8 % by time of day, canary', { ...DAYLIGHT, rollout: { kind: 'canary' } }, ''],
  ['nothing changed, +8 % by time of day, the same hours of 3 earlier days', { ...DAYLIGHT, historyDays: 3 }, ''],
  ['nothing changed, +8 % by time of day, the same hours of 7 earlier days', { ...DAYLIGHT, historyDays: 7 }, ''],
  [
    'nothing changed, +8 % by time of day, a quarter of the services upgraded',
    { ...DAYLIGHT, untouched: UNTOUCHED },
    '',
  ],
  ['nothing changed, +8 % by time of day, plain before/after', DAYLIGHT, "Kayenta's rule 18-68 %"],
];

export const nullBlock: Block = async (options) => [
  ...SCENES.flatMap(([what, plan, record]) => falseReleases(what, plan, record, options)),
  ...falseDiscoveries(options),
];

/** Releases called regressed, and called improved, though nothing changed. */
function falseReleases(what: string, plan: Partial<CellPlan>, record: string, options: BlockOptions): Row[] {
  const endpoints = plainEndpoints(ENDPOINTS, CALLS);
  const verdicts = repeat(what, options.quick ? 100 : 1_000, options, (seed) => {
    const { verdict } = judge(drawCells({ ...CELL_PLAN, endpoints, ...plan, seed }), seed);
    return verdict;
  });
  const share = (verdict: string) => countOf(verdicts, (each) => each === verdict);
  return [
    shareRow(`false releases: ${what}`, share('regressed'), verdicts.length, { atMost: 0.05 }, record),
    shareRow(`called improved: ${what}`, share('improved'), verdicts.length, null),
    shareRow(`called inconclusive: ${what}`, share('inconclusive'), verdicts.length, null),
  ];
}

const MANY = 1_000;
const AT_FAULT = 50;

/** Endpoints 0, 20, 40 ... are 30 % slower: the false ones among those flagged, and among the tests that reject. */
function falseDiscoveries(options: BlockOptions): Row[] {
  const isAtFault = (endpoint: string) => Number(endpoint.replace(/\D/g, '')) % (MANY / AT_FAULT) === 0;
  const endpoints = plainEndpoints(MANY, CALLS).map((plan) =>
    isAtFault(plan.endpoint) ? { ...plan, effect: { slower: 0.3 } } : plan,
  );
  const runs = repeat(`${MANY} endpoints, ${AT_FAULT} at fault`, options.quick ? 4 : 30, options, (seed) => {
    const { findings } = judge(drawCells({ ...CELL_PLAN, endpoints, seed }), seed);
    const flagged = findings.filter(({ verdict }) => verdict === 'regressed' || verdict === 'improved');
    const rejected = findings.filter(({ q }) => q !== null && q <= 0.05);
    const falseShare = (among: readonly Finding[]) =>
      among.length === 0 ? 0 : countOf(among, ({ endpoint }) => !isAtFault(endpoint)) / among.length;
    const found = new Set(flagged.map(({ endpoint }) => endpoint).filter(isAtFault)).size;
    return { flagged: falseShare(flagged), rejected: falseShare(rejected), found: found / AT_FAULT };
  });
  const of = `${MANY} endpoints of which ${AT_FAULT} are 30 % slower`;
  const record = 'raw p < .05: 36-50 %';
  return [
    meanRow(
      `false share of the flagged findings, ${of}`,
      runs.map((run) => run.flagged),
      { atMost: 0.05 },
      record,
    ),
    meanRow(
      `false share of the tests with q <= .05, ${of}`,
      runs.map((run) => run.rejected),
      { atMost: 0.05 },
      record,
    ),
    meanRow(
      `found of the ${AT_FAULT} at fault`,
      runs.map((run) => run.found),
      null,
      '',
    ),
  ];
}

/** Mean of the runs, with Student's interval cut to 0 to 1. */
function meanRow(what: string, values: readonly number[], target: Row['target'], record: string): Row {
  const [n, measured] = [values.length, mean([...values])];
  const half = (studentQuantile(0.975, n - 1) * sampleStandardDeviation([...values])) / Math.sqrt(n);
  return { what, measured, n, interval: [Math.max(0, measured - half), Math.min(1, measured + half)], target, record };
}
