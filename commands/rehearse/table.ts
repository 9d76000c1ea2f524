/** A rehearsal as a table for people. */

import { type Change, FAULT_KINDS, type FaultKind, USUAL } from '../../rehearse/changes.ts';
import type { Counted, Line, RehearsalPlan } from '../../rehearse/rehearsal.ts';
import { FOUND_SHARE, isFound, tooManyFalseAlarms } from '../../rehearse/remedies.ts';

const LABEL_WIDTH = 34;
const CELL_WIDTH = 18;

const plain = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 3 });
const percent = (share: number): string => `${plain(Math.round(share * 100))} %`;

const many = (count: number, thing: string): string => `${plain(count)} ${thing}${count === 1 ? '' : 's'}`;

/** `70 % (55-82)` */
export function shareWords({ share, interval: [low, high] }: Counted): string {
  return `${percent(share)} (${Math.round(low * 100)}-${Math.round(high * 100)})`;
}

/** `tail +20 %` */
export function changeWords(change: Change): string {
  switch (change.kind) {
    case 'nothing':
      return 'nothing changed';
    case 'tail':
      return `tail (from p95 on) +${percent(change.size)}`;
    case 'all':
      return `all calls +${percent(change.size)}`;
    case 'errors':
      return `errors ${plain(USUAL.errors * 100)} to ${plain((USUAL.errors + change.size) * 100)} %`;
    case 'retries':
      return `attempts a call ${plain(1 + USUAL.retries)} to ${plain(1 + USUAL.retries + change.size)}`;
  }
}

/** What was rehearsed. */
export function headOf({ traffic, releases, seed }: RehearsalPlan): string {
  const { instances, endpoints, callsPerHour, medianMs, oldAndNew, windowMinutes, historyDays, dailyRise } = traffic;
  const builds =
    oldAndNew === 'together' ? 'old and new builds serve together, half and half' : 'all old before, all new after';
  return `Dry rehearsal: drawn releases, judged with your settings. ${releases} releases a line, seed ${seed}; shares with 95 % intervals.
${many(instances, 'instance')} of each service; ${many(endpoints, 'endpoint')} of ${plain(callsPerHour)} calls an hour, median ${plain(medianMs)} ms; ${builds};
windows of ${plain(windowMinutes)} min; earlier days: ${historyDays}; rise by day: ${percent(dailyRise)}.
`;
}

export function tableOf(lines: readonly Line[]): string {
  const row = (label: string, cells: readonly string[]) =>
    `${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padEnd(CELL_WIDTH)).join('')}`.trimEnd();
  const minutes = (lines[0]?.looks ?? []).map((look) => `after ${plain(look.minutes)} min`);
  const rows = lines.flatMap(({ change, looks }) => {
    const found = looks.map((look) => shareWords(look.found));
    if (change.kind !== 'nothing') return [row(`  ${changeWords(change)}`, found)];
    return [
      row('Nothing changed', minutes),
      row('  false alarm', found),
      row(
        '  cannot tell',
        looks.map((look) => shareWords(look.cannotTell)),
      ),
      '',
      row('Changed at one endpoint: found', minutes),
    ];
  });
  return `${rows.join('\n')}\n`;
}

/** By kind of change, the smallest size that is found, and how soon. */
export function smallestFound(lines: readonly Line[]): string {
  const words = FAULT_KINDS.map((kind) => smallestOf(kind, lines));
  const doubt =
    tooManyFalseAlarms(lines) === null
      ? ''
      : 'With so many false alarms these prove little: much is called with nothing changed.\n';
  return `Smallest size tried that is found in ${percent(FOUND_SHARE)} of releases or more:\n${words.join('\n')}\n${doubt}`;
}

const NAMES: Readonly<Record<FaultKind, string>> = {
  tail: 'tail slower',
  all: 'all calls slower',
  errors: 'errors',
  retries: 'retries',
};

function smallestOf(kind: FaultKind, lines: readonly Line[]): string {
  const line = lines.find((each) => each.change.kind === kind && isFound(each));
  if (line === undefined) return `  ${NAMES[kind]}: none`;
  const soonest = line.looks.find(({ found }) => found.share >= FOUND_SHARE);
  return `  ${changeWords(line.change)}, after ${plain(soonest?.minutes ?? 0)} min`;
}
