/** How often a finding that would be acted on comes up by chance, by the control that it rests on. */

import { type ArmData, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import type { Control } from '../../model.ts';
import { type CellPlan, type DrawnCells, drawCells, type EndpointPlan } from '../../test/support/workload/cells.ts';
import { type Block, shareRow } from '../accuracy/row.ts';
import { CELL_PLAN, countOf, NOISE, QUIET_HOUR_MS, repeat } from '../accuracy/simulate.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MINUTES = 60;
/** Looks at a candidate that grows. */
const LOOKS = [3, 5, 8, 12, 20, 30, 45, 60];
const CALLS_A_MINUTE = 200;
const OTHERS = Array.from({ length: 6 }, (_, index) => `other${index + 1}`);

const endpoint = (service: string, index: number): EndpointPlan => ({
  ...{ service, endpoint: `POST /${index}`, kind: 'SERVER', peer: '', medianMs: 5 * 2 ** (index % 5) },
  ...{ calls: CALLS_A_MINUTE * MINUTES, errors: { before: 0.005, after: 0.005 } },
});

/** One service is upgraded, six are not, while the day makes all of them slower. */
const PLAN: Omit<CellPlan, 'seed'> = {
  ...CELL_PLAN,
  slots: MINUTES,
  noise: { ...NOISE, dailyRise: 0.08 },
  endpoints: [
    endpoint('changed', 2),
    endpoint('changed', 3),
    ...OTHERS.map((name, index) => endpoint(name, index + 1)),
  ],
  untouched: OTHERS,
  baselineMs: QUIET_HOUR_MS + 5 * HOUR_MS,
  candidateMs: QUIET_HOUR_MS + 6 * HOUR_MS,
};

const RUNGS: readonly (readonly [control: Control, runs: number, more: Partial<CellPlan>])[] = [
  ['concurrent', 300, { rollout: { kind: 'canary' } }],
  ['diff-in-diff', 500, {}],
  ['history', 120, { historyDays: 7 }],
];

export const rungsBlock: Block = async (options) =>
  RUNGS.flatMap(([control, runs, more]) => {
    const seen = repeat(`rungs: ${control}`, options.quick ? runs / 10 : runs, options, (seed) => {
      const drawn = drawCells({ ...PLAN, ...more, seed });
      return LOOKS.map((minutes) => hasGround(drawn, { control, minutes, seed }));
    });
    const ever = countOf(seen, (looks) => looks.some(Boolean));
    const lasting = countOf(seen, (looks) => looks.some((hit, index) => hit && looks[index + 1]));
    const what = `nothing changed, eight looks within an hour, control ${control}: a conclusive regression`;
    return [
      shareRow(`${what} at any look`, ever, seen.length, { atMost: 0.005 }),
      shareRow(`${what} at two looks in a row`, lasting, seen.length, { atMost: 0.005 }),
    ];
  });

interface Look {
  readonly control: Control;
  readonly minutes: number;
  readonly seed: number;
}

function hasGround({ baseline, candidate, history }: DrawnCells, { control, minutes, seed }: Look): boolean {
  const until = (arm: ArmData, length: number): ArmData => {
    const endMs = arm.range.startMs + length * MINUTE_MS;
    return { ...arm, range: { ...arm.range, endMs }, cells: arm.cells.filter(({ slotMs }) => slotMs < endMs) };
  };
  // Earlier days are read in whole steps of ten minutes (commands/history.ts).
  const days = history.map((day) => ({ ...day, candidate: until(day.candidate, Math.ceil(minutes / 10) * 10) }));
  const { findings } = analyse({
    baseline,
    candidate: until(candidate, minutes),
    history: days,
    changed: [{ service: 'changed', from: 'changed-v1', to: 'changed-v2' }],
    settings: DEFAULT_SETTINGS,
    seed,
  });
  return findings.some(
    (finding) =>
      finding.service === 'changed' &&
      finding.verdict === 'regressed' &&
      finding.confidence === 'high' &&
      finding.conclusive &&
      finding.control === control,
  );
}
