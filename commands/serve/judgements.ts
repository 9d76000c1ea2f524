/** What the analysis says of an upgrade: the report for people, and the evidence that the controller decides on. */

import type { Analysis, AnalysisSettings } from '../../analysis/analyse.ts';
import { interventionsOf } from '../../flags/intervention.ts';
import type { Clock, Report, Upgrade } from '../../model.ts';
import type { Readable } from '../../store/reader.ts';
import { assemble, type Comparison, judge } from '../assemble.ts';
import { createHistory, type History, pastWindows } from '../history.ts';
import { windowsOf } from '../windows.ts';
import { findUpgrade, newestFirst } from './find-upgrade.ts';

/** Plain data: how an upgrade is judged. */
export interface Judging {
  readonly settings: AnalysisSettings;
  readonly windowMs: number;
  readonly slotMs: number;
  /** Earlier days whose same hours are the control. */
  readonly historyDays: number;
}

export interface JudgementsOptions extends Judging {
  readonly store: Readable;
  readonly clock: Clock;
}

export interface Evidence {
  readonly upgrade: Upgrade;
  readonly analysis: Analysis;
  /** Whether the candidate's window is over. */
  readonly isComplete: boolean;
}

export interface Judgements {
  /** @throws HingeError NOT_FOUND and those of the store */
  report(id: string): Promise<Report>;
  /** The newest upgrade and what the analysis says of it now; null when there is none. */
  evidence(): Promise<Evidence | null>;
}

export function createJudgements(given: JudgementsOptions): Judgements {
  const { store } = given;
  const options = { ...given, history: createHistory(store) };
  const report = createReports(options);
  return {
    async report(id) {
      const upgrades = await newestFirst(store);
      return report(findUpgrade(id, upgrades), upgrades);
    },
    async evidence() {
      const upgrades = await newestFirst(store);
      const [upgrade] = upgrades;
      if (upgrade === undefined) return null;
      const analysis = await judge((await comparisonOf(upgrade, upgrades, options)).comparison);
      const { startMs, endMs } = analysis.windows.candidate;
      // The window is cut to whole slots.
      return { upgrade, analysis, isComplete: endMs - startMs > given.windowMs - given.slotMs };
    },
  };
}

/** Pages, badges and commands often ask for the same report within seconds, and while telemetry flows it is never quite the same. */
const REMEMBERED_MS = 5_000;

type Reading = JudgementsOptions & { readonly history: History };

function createReports(options: Reading) {
  const remembered = new Map<
    string,
    { readonly key: string; readonly atMs: number; readonly report: Promise<Report> }
  >();
  return async (upgrade: Upgrade, upgrades: readonly Upgrade[]): Promise<Report> => {
    const { key, comparison } = await comparisonOf(upgrade, upgrades, options);
    const before = remembered.get(upgrade.id);
    const nowMs = options.clock();
    if (before !== undefined && before.key === key && nowMs - before.atMs < REMEMBERED_MS) return before.report;
    const report = assemble(comparison);
    remembered.set(upgrade.id, { key, atMs: nowMs, report });
    report.catch(() => remembered.delete(upgrade.id));
    return report;
  };
}

/** What to compare for an upgrade, and a key that changes with its windows and actions. */
async function comparisonOf(upgrade: Upgrade, upgrades: readonly Upgrade[], options: Reading) {
  const { store, settings, windowMs, slotMs, historyDays, history } = options;
  const entries = (await store.journal.read()).filter((entry) => entry.upgradeId === upgrade.id);
  const { newestSpanMs } = await store.status();
  // An intent is in the journal before the flag is written to: from there on two changes overlap.
  const turnedDownMs = entries.find((entry) => entry.intent !== '')?.atMs ?? null;
  const windows = windowsOf({ upgrade, upgrades, newestSpanMs, turnedDownMs, windowMs, slotMs });
  const comparison: Comparison = {
    title: upgrade.name,
    baseline: { store, range: windows.baseline, slotMs },
    candidate: { store, range: windows.candidate, slotMs },
    history: await history.read(pastWindows(windows, upgrades, historyDays)),
    changed: upgrade.changed,
    settings,
    interventions: interventionsOf(entries),
    actions: entries.map(({ atMs, flag, environment, state, text }) => ({ atMs, flag, environment, state, text })),
  };
  return { key: JSON.stringify([windows, entries.length]), comparison };
}
