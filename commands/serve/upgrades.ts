/** Upgrades and their reports, as the API and the controller ask for them. */

import type { ChangedBuild, TimeRange, Upgrade } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import { windowsOf } from '../windows.ts';
import { findUpgrade, newestFirst } from './find-upgrade.ts';
import { createJudgements, type Judgements, type JudgementsOptions } from './judgements.ts';

/** What is known of upgrades. */
export interface KnownUpgrades extends Judgements {
  list(): Promise<readonly Upgrade[]>;
  /** The newest upgrade and the time before it that it is compared with; null when there is none. */
  current(): Promise<{ readonly upgrade: Upgrade; readonly baseline: TimeRange } | null>;
}

/** @param judgements of the same store and settings */
export function createKnownUpgrades(
  given: JudgementsOptions,
  judgements: Judgements = createJudgements(given),
): KnownUpgrades {
  return {
    report: (id) => judgements.report(id),
    evidence: () => judgements.evidence(),
    list: () => newestFirst(given.store),
    async current() {
      const upgrades = await newestFirst(given.store);
      const [upgrade] = upgrades;
      if (upgrade === undefined) return null;
      // The baseline hangs on the upgrades alone.
      const { baseline } = windowsOf({ ...{ upgrade, upgrades, newestSpanMs: null, turnedDownMs: null }, ...given });
      return { upgrade, baseline };
    },
  };
}

export interface UpgradesOptions extends JudgementsOptions {
  readonly store: JudgementsOptions['store'] & Pick<Store, 'upgrades'>;
}

export interface Upgrades extends KnownUpgrades {
  start(upgrade: { name: string; changed: readonly ChangedBuild[] }): Promise<Upgrade>;
  finish(id: string): Promise<Upgrade>;
}

/** @param judgements of the same store and settings */
export function createUpgrades(given: UpgradesOptions, judgements?: Judgements): Upgrades {
  const { store, clock } = given;
  const known = createKnownUpgrades(given, judgements);
  const { list } = known;
  return {
    ...known,
    async start({ name, changed }) {
      const upgrade: Upgrade = { id: freeId(name, await list()), name, startedMs: clock(), finishedMs: null, changed };
      await store.upgrades.start(upgrade);
      return upgrade;
    },
    async finish(id) {
      const upgrade = findUpgrade(id, await list());
      if (upgrade.finishedMs !== null) return upgrade;
      const finishedMs = clock();
      await store.upgrades.finish(upgrade.id, finishedMs);
      return { ...upgrade, finishedMs };
    },
  };
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
