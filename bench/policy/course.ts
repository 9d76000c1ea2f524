/** One simulated upgrade on virtual time: the real live test, the real report, burn rates, and the controller's own step. */

import { type Analysis, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { feed, type LiveFeed, startFeed } from '../../analysis/live/feed.ts';
import { type Policy, policyOf } from '../../flags/behaviour.ts';
import type { FlagSnapshot } from '../../flags/port.ts';
import type { LiveReading, Readings, UpgradeEvidence } from '../../flags/readings.ts';
import { type FlagState, INITIAL } from '../../flags/state.ts';
import { step } from '../../flags/step.ts';
import { type CellPlan, drawCells } from '../../rehearse/cells.ts';
import { createBudget, SLO } from './budget.ts';
import { createReports, type Reports } from './evidence.ts';
import { SERVICE } from './scenes.ts';

export const GROUNDS = ['live test', 'suspected finding', 'finding at the end', 'burn rate'] as const;

export interface Course {
  /** Minutes from the first call of the new build to the decision to turn the flag down; null: not when the hour was over either. */
  readonly actedMinutes: number | null;
  readonly suspectedMinutes: number | null;
  /** What it was decided on. */
  readonly ground: (typeof GROUNDS)[number] | null;
  /** What held it back when the hour was over; null where it was turned down. */
  readonly missing: 'a finding' | 'a q of 0.0025' | null;
}

/** A slot is read this long after its end (commands/serve/open-live.ts). */
const SETTLED_MS = 30_000;
const MINUTE_MS = 60_000;

const POLICY: Policy = policyOf(
  { name: 'orders', service: SERVICE, flag: 'orders.new', environment: 'production', mode: 'act', slos: [SLO.name] },
  [SLO],
);

const FLAG: FlagSnapshot = {
  ...{ flag: POLICY.flag, environment: POLICY.environment, enabled: true, archived: false },
  ...{ strategies: [], tags: ['simple:hinge-managed'], newestEventId: 1, newestActor: 'ada' },
};

/** Looks when the live test is over: a finding has to stand for two minutes. */
const LAST_LOOKS = 3;

/** A look a minute, and some when the live test is over; it ends when the flag is turned down. */
export function follow(plan: Omit<CellPlan, 'seed'>, seed: number): Course {
  const cells = drawCells({ ...plan, seed });
  const { startMs, endMs } = cells.candidate.range;
  const reports = createReports(cells, seed);
  const sloAt = createBudget(cells);
  let live = startFeed({ caseId: 'upgrade', startMs, before: cells.baseline.cells, settings: DEFAULT_SETTINGS });
  let state: FlagState = { ...INITIAL, sinceMs: startMs };
  let suspectedMinutes: number | null = null;
  let evidence = evidenceOf(null, startMs, false);
  for (let untilMs = startMs + plan.slotMs; untilMs <= endMs + LAST_LOOKS * plan.slotMs; untilMs += plan.slotMs) {
    const slot = cells.candidate.cells.filter(({ slotMs }) => slotMs === untilMs - plan.slotMs);
    live = feed(live, { cells: slot, slotMs: plan.slotMs, untilMs }, DEFAULT_SETTINGS.warmupMs);
    if (live.live.decision.kind !== 'wait') suspectedMinutes ??= (untilMs - startMs) / MINUTE_MS;
    const dataMs = Math.min(untilMs, endMs);
    reports.add(slot);
    if (untilMs <= endMs) evidence = evidenceOf(reportAt(reports, dataMs, { live, endMs }), dataMs, dataMs === endMs);
    const nowMs = untilMs + SETTLED_MS;
    const reading = readingOf(live, untilMs > endMs);
    const decided = decide(state, readingsOf({ live: reading, evidence, slos: [sloAt(dataMs)] }, nowMs), nowMs);
    state = decided.state;
    if (decided.isDown)
      return {
        actedMinutes: (nowMs - startMs) / MINUTE_MS,
        suspectedMinutes,
        ground: groundOf(state, untilMs > endMs),
        missing: null,
      };
  }
  return { actedMinutes: null, suspectedMinutes, ground: null, missing: missingOf(evidence) };
}

/** While the hour lasts, a finding that the live test does not suspect as well is no ground: that spares most analyses. */
function reportAt(reports: Reports, dataMs: number, { live, endMs }: { live: LiveFeed; endMs: number }) {
  if (dataMs === endMs) return reports.atEnd();
  return live.live.decision.kind === 'wait' ? null : reports.at(dataMs);
}

function missingOf({ findings }: UpgradeEvidence): Course['missing'] {
  return findings.some(({ verdict }) => verdict === 'regressed') ? 'a q of 0.0025' : 'a finding';
}

/** As commands/serve/live.ts gives it. */
const readingOf = ({ live: { decision } }: LiveFeed, isOver: boolean): LiveReading => ({
  decision: isOver ? 'wait' : decision.kind,
  text: decision.text,
  findings: decision.evidence,
});

function evidenceOf(report: Analysis | null, untilMs: number, isComplete: boolean): UpgradeEvidence {
  return { upgradeId: 'upgrade', changed: [SERVICE], untilMs, suspects: [], findings: [], ...report, isComplete };
}

type Telemetry = Pick<Readings, 'live' | 'evidence' | 'slos'>;

function readingsOf(telemetry: Telemetry, nowMs: number): Readings {
  return {
    ...telemetry,
    newestDataMs: nowMs,
    exposure: { exposed: 1, instances: 2 },
    flag: { kind: 'known', snapshot: FLAG, changes: [] },
    published: null,
    held: false,
    environment: { changes: 0, breaching: 0 },
  };
}

const MOST_STEPS = 8;

/** As the controller does: on, at one look, until the state rests or a change is to be written. */
function decide(from: FlagState, readings: Readings, nowMs: number): { state: FlagState; isDown: boolean } {
  let state = from;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const next = step(state, readings, nowMs, POLICY);
    const rests = next.state.phase === state.phase;
    state = next.state;
    if (next.intents.length > 0) return { state, isDown: true };
    if (rests) break;
  }
  return { state, isDown: false };
}

function groundOf({ breach }: FlagState, isAtEnd: boolean): Course['ground'] {
  if (breach === null) return null;
  if (breach.slo !== null) return 'burn rate';
  if (breach.because.includes('e-value')) return 'live test';
  return isAtEnd ? 'finding at the end' : 'suspected finding';
}
