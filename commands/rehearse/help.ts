/** What would help, in words: the remedies that were rehearsed, best first, and whether they differ beyond chance. */

import type { Counted, Line } from '../../rehearse/rehearsal.ts';
import { atTheEnd, type Helped, type Remedy } from '../../rehearse/remedies.ts';
import type { Traffic } from '../../rehearse/traffic.ts';
import { changeWords, shareWords } from './table.ts';

/** What to do, and where it is set. */
function remedyWords({ kind, traffic: { windowMinutes, instances, historyDays } }: Remedy): string {
  switch (kind) {
    case 'window':
      return `more time: windows of ${windowMinutes} min (analysis.windowMinutes)`;
    case 'instances':
      return `more instances: ${instances}, with as many calls in all`;
    case 'together':
      return 'old and new builds together, half and half';
    case 'history':
      return `history: ${historyDays} earlier days (analysis.historyDays)`;
  }
}

/** `weakest`: the line that asks for help; null where everything was found and false alarms are few. */
export function helpWords(weakest: Line | null, helped: readonly Helped[]): string {
  const now = weakest === null ? null : atTheEnd(weakest);
  if (weakest === null || now === null)
    return 'What would help: nothing is needed for changes of these sizes; false alarms are not too many.\n';
  const alarms = weakest.change.kind === 'nothing';
  const sign = alarms ? 1 : -1;
  const ranked = helped.toSorted((one, other) => sign * (one.found.share - other.found.share));
  const isBetter = ({ found }: Helped) => (alarms ? isAbove(now, found) : isAbove(found, now));
  const better = ranked.filter(isBetter);
  const about = alarms
    ? `false alarms, ${shareWords(now)} now`
    : `${changeWords(weakest.change)}, found in ${shareWords(now)} now`;
  const rows = ranked.map((each) => `  ${shareWords(each.found).padEnd(16)}${remedyWords(each)}`);
  const sum =
    better.length === 0
      ? 'None of these is better beyond chance in so many releases; --releases asks for more.'
      : `Better beyond chance: ${better.map(({ kind }) => SHORT[kind]).join(', ')}.`;
  return `What would help (${about}):\n${rows.join('\n')}\n${sum}\n`;
}

const SHORT = {
  window: 'more time',
  instances: 'more instances',
  together: 'old and new together',
  history: 'history',
};

/** Intervals that do not meet. */
const isAbove = (one: Counted, other: Counted): boolean => one.interval[0] > other.interval[1];

/** What the figures leave out. */
export function limitsOf({ dailyRise, oldAndNew }: Traffic): string {
  const timeOfDay =
    dailyRise === 0 && oldAndNew === 'before-after'
      ? 'The time of day is left out, and it makes false alarms: --daily-rise N puts it in.\n'
      : '';
  return `${timeOfDay}Not your telemetry: latency is drawn lognormal with a Pareto tail; instances differ by 5 %, and so do an instance's minutes.
Each look is by itself: who looks often sees more false alarms than the share of one look.
`;
}
