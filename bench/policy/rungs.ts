/** How often a finding that would be acted on comes up by chance, by the control that it rests on. */

import { type ArmData, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import type { Control } from '../../model.ts';
import { type CellPlan, type DrawnCells, drawCells, type EndpointPlan } from '../../rehearse/cells.ts';
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

interface Rung {
  readonly control: Control;
  readonly more: Partial<CellPlan>;
  /** Upgrades that are looked at eight times, and those that are when the window is full. */
  readonly often: number;
  readonly once: number;
}

const RUNGS: readonly Rung[] = [
  { control: 'concurrent', more: { rollout: { kind: 'canary' } }, often: 300, once: 300 },
  { control: 'diff-in-diff', more: {}, often: 500, once: 1_000 },
  { control: 'history', more: { historyDays: 7 }, often: 60, once: 500 },
];

export const rungsBlock: Block = async (options) =>
  RUNGS.flatMap(({ control, more, ...runs }) => {
    const [often, once] = [runs.often, runs.once].map((count) => (options.quick ? count / 10 : count));
    const seen = repeat(`rungs: ${control}`, once ?? 0, options, (seed) => {
      const drawn = drawCells({ ...PLAN, ...more, seed });
      const looks = seed <= (often ?? 0) ? LOOKS : [MINUTES];
      return looks.map((minutes) => hasGround(drawn, { control, minutes, seed }));
    });
    const looked = seen.slice(0, often);
    const ever = countOf(looked, (looks) => looks.some(Boolean));
    const last = countOf(seen, (looks) => looks.at(-1) === true);
    const what = `nothing changed, control ${control}: a conclusive regression`;
    return [
      shareRow(`${what} at any of eight looks within the hour`, ever, looked.length, null),
      shareRow(`${what} at the hour's end`, last, seen.length, { atMost: 0.005 }),
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
