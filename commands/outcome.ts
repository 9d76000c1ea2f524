/** What became of an upgrade's flags, as the end of the report's headline. */

import type { Action, JournalState } from '../model.ts';

/** A flag was changed towards safety. */
const CHANGES = new Set<JournalState>(['STEP_DOWN', 'TUNE', 'KILL']);

const WORDS: Partial<Record<JournalState, string>> = {
  STEP_DOWN: 'is being turned down',
  TUNE: 'is being turned down',
  KILL: 'is being turned off',
  VERIFY_PUBLISHED: 'was turned down; applications are being told',
  VERIFY_RECOVERY: 'was turned down; recovery is awaited',
  HOLD: 'was turned down, and the signal recovered',
  EXHAUSTED: 'was turned off, which did not help',
};

const IMPROVED = 'was turned off; every objective is met, but not the level of the control';

/** A sentence for each flag that was changed, by its latest action; empty when none was. Actions in order of time. */
export function outcomeOf(actions: readonly Action[]): string {
  const flags = [...Map.groupBy(actions, ({ flag, environment }) => `${flag} in ${environment}`)];
  return flags
    .flatMap(([name, own]) => {
      // What Hinge only watched or would have done is no change.
      if (!own.some(({ state }) => CHANGES.has(state))) return [];
      const latest = own.findLastIndex(({ state }) => state in WORDS);
      const { state } = own[latest] ?? {};
      if (state === undefined) return [];
      // Handed back without proof of recovery.
      const isImproved = state === 'VERIFY_RECOVERY' && own.slice(latest).some((each) => each.state === 'HANDED_BACK');
      return [` ${name} ${isImproved ? IMPROVED : WORDS[state]}.`];
    })
    .join('');
}
