/** The figures by which automation is judged, in one line for people. */

import type { OutcomeSummary } from '../../flags/outcome-summary.ts';

const WORDS: readonly (readonly [keyof OutcomeSummary['counts'], string])[] = [
  ['recovered', 'recovered'],
  ['improved', 'improved'],
  ['did-not-help', 'did not help'],
  ['undone', 'undone by people'],
  ['not-enough', 'not enough'],
  ['left', 'left to people'],
  ['under-way', 'under way'],
];

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
}

/** Empty where no flag was changed. */
export function outcomesLine({ changes, counts, falseRollbackRate, ...times }: OutcomeSummary): string {
  if (changes === 0) return '';
  const parts = WORDS.flatMap(([outcome, words]) => (counts[outcome] === 0 ? [] : [`${counts[outcome]} ${words}`]));
  const medians = (
    [
      ['detect', times.detectMs],
      ['decide', times.decideMs],
      ['publish', times.publishMs],
      ['recover', times.recoverMs],
    ] as const
  ).flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${duration(ms)}`]));
  const rate = falseRollbackRate === null ? '' : `; false rollbacks ${Math.round(falseRollbackRate * 100)} %`;
  return `${changes} ${changes === 1 ? 'change' : 'changes'} so far: ${parts.join(', ')}${rate}; medians: ${medians.join(', ')}\n`;
}
