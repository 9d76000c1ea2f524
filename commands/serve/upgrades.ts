/** Upgrades and their reports, as the API and the controller ask for them. */

import type { Analysis, AnalysisSettings } from '../../analysis/analyse.ts';
import { HingeError } from '../../errors.ts';
import { interventionsOf } from '../../flags/intervention.ts';
import type { ChangedBuild, Clock, Report, TimeRange, Upgrade } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import { assemble, type Comparison, judge } from '../assemble.ts';
import { createHistory, type History, pastWindows } from '../history.ts';
import { windowsOf } from '../windows.ts';

export interface UpgradesOptions {
  readonly store: Store;
  readonly settings: AnalysisSettings;
  readonly windowMs: number;
  readonly slotMs: number;
  /** Earlier days whose same hours are the control. */
  readonly historyDays: number;
  readonly clock: Clock;
}

export interface Evidence {
  readonly upgrade: Upgrade;
  readonly analysis: Analysis;
  /** Whether the candidate's window is over. */
  readonly isComplete: boolean;
}

export interface Upgrades {
  list(): Promise<readonly Upgrade[]>;
  start(upgrade: { name: string; changed: readonly ChangedBuild[] }): Promise<Upgrade>;
  finish(id: string): Promise<Upgrade>;
  report(id: string): Promise<Report>;
  /** The newest upgrade and the time before it that it is compared with; null when there is none. */
  current(): Promise<{ readonly upgrade: Upgrade; readonly baseline: TimeRange } | null>;
  /** The newest upgrade and what the analysis says of it now; null when there is none. */
  evidence(): Promise<Evidence | null>;
}

export function createUpgrades(given: UpgradesOptions): Upgrades {
  const { store, clock } = given;
  const options = { ...given, history: createHistory(store) };
  const report = createReports(options);
  const list = async () => (await store.upgrades.list()).toSorted((a, b) => b.startedMs - a.startedMs);
  const find = async (id: string): Promise<Upgrade> => {
    const upgrades = await list();
    const found = id === 'latest' ? upgrades[0] : upgrades.find((each) => each.id === id);
    if (found !== undefined) return found;
    const hint =
      upgrades.length === 0 ? 'mark one with hinge upgrade start --name NAME' : 'hinge upgrade list shows them';
    throw new HingeError('NOT_FOUND', id === 'latest' ? `no upgrade yet; ${hint}` : `no upgrade ${id}; ${hint}`);
  };
  return {
    list,
    async start({ name, changed }) {
      const upgrade: Upgrade = { id: freeId(name, await list()), name, startedMs: clock(), finishedMs: null, changed };
      await store.upgrades.start(upgrade);
      return upgrade;
    },
    async finish(id) {
      const upgrade = await find(id);
      if (upgrade.finishedMs !== null) return upgrade;
      const finishedMs = clock();
      await store.upgrades.finish(upgrade.id, finishedMs);
      return { ...upgrade, finishedMs };
    },
    report: async (id) => report(await find(id), await list()),
    async current() {
      const upgrades = await list();
      const [upgrade] = upgrades;
      if (upgrade === undefined) return null;
      // The baseline hangs on the upgrades alone.
      const { baseline } = windowsOf({ ...{ upgrade, upgrades, newestSpanMs: null, turnedDownMs: null }, ...given });
      return { upgrade, baseline };
    },
    async evidence() {
      const upgrades = await list();
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

type Reading = UpgradesOptions & { readonly history: History };

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

/** The name in lower case with dashes; a number is added where another upgrade has it. */
function freeId(name: string, upgrades: readonly Upgrade[]): string {
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'upgrade';
  const taken = new Set(upgrades.map((each) => each.id));
  // `latest` is a word of the API.
  if (!taken.has(slug) && slug !== 'latest') return slug;
  for (let number = 2; ; number += 1) if (!taken.has(`${slug}-${number}`)) return `${slug}-${number}`;
}
