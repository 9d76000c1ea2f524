/** Upgrades and their reports, as the API and the controller ask for them. */

import type { AnalysisSettings } from '../../analysis/analyse.ts';
import { HingeError } from '../../errors.ts';
import type { ChangedBuild, Clock, Report, Upgrade } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import { assemble } from '../assemble.ts';
import { windowsOf } from '../windows.ts';

export interface UpgradesOptions {
  readonly store: Store;
  readonly settings: AnalysisSettings;
  readonly windowMs: number;
  readonly slotMs: number;
  readonly clock: Clock;
}

export interface Upgrades {
  list(): Promise<readonly Upgrade[]>;
  start(upgrade: { name: string; changed: readonly ChangedBuild[] }): Promise<Upgrade>;
  finish(id: string): Promise<Upgrade>;
  report(id: string): Promise<Report>;
  /** The newest upgrade; null when there is none. */
  latest(): Promise<Upgrade | null>;
}

export function createUpgrades(options: UpgradesOptions): Upgrades {
  const { store, clock } = options;
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
    latest: async () => (await list())[0] ?? null,
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
    async report(id) {
      const upgrade = await find(id);
      return reportOf(upgrade, await list(), options);
    },
  };
}

async function reportOf(upgrade: Upgrade, upgrades: readonly Upgrade[], options: UpgradesOptions): Promise<Report> {
  const { store, settings, windowMs, slotMs } = options;
  const entries = (await store.journal.read()).filter((entry) => entry.upgradeId === upgrade.id);
  const { newestSpanMs } = await store.status();
  // An intent is in the journal before the flag is written to: from there on two changes overlap.
  const turnedDownMs = entries.find((entry) => entry.intent !== '')?.atMs ?? null;
  const windows = windowsOf({ upgrade, upgrades, newestSpanMs, turnedDownMs, windowMs, slotMs });
  return assemble({
    title: upgrade.name,
    baseline: { store, range: windows.baseline, slotMs },
    candidate: { store, range: windows.candidate, slotMs },
    changed: upgrade.changed,
    settings,
    actions: entries.map(({ atMs, flag, environment, state, text }) => ({ atMs, flag, environment, state, text })),
  });
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
