/** What would help: the weakest answer of a rehearsal, rehearsed again with more of everything that can be had more of. */

import { type Change, FAULT_KINDS } from './changes.ts';
import { type Counted, type Judge, type Line, type RehearsalPlan, rehearseChange } from './rehearsal.ts';
import { PARTS, type Traffic } from './traffic.ts';

/** A change counts as found from this share of the releases on. */
export const FOUND_SHARE = 0.9;
/** More false alarms than this, beyond chance, are too many. */
const FALSE_ALARM_SHARE = 0.05;
/** As many as the analysis looks at unless told otherwise: the spread of a signal is known badly from few days. */
const HISTORY_DAYS = 7;

export interface Remedy {
  readonly kind: 'window' | 'instances' | 'together' | 'history';
  /** What the traffic would be. */
  readonly traffic: Traffic;
}

export interface Helped extends Remedy {
  readonly found: Counted;
}

/** With the whole window: what was found, or the false alarms. */
export const atTheEnd = ({ looks }: Line): Counted | null => looks.at(-1)?.found ?? null;

/** Share found in the end, as far as the releases tell. */
export const isFound = (line: Line): boolean => (atTheEnd(line)?.share ?? 0) >= FOUND_SHARE;

/** The line of false alarms where these are too many beyond chance. */
export function tooManyFalseAlarms(lines: readonly Line[]): Line | null {
  const alarms = lines.find(({ change }) => change.kind === 'nothing');
  return alarms !== undefined && (atTheEnd(alarms)?.interval[0] ?? 0) > FALSE_ALARM_SHARE ? alarms : null;
}

/** False alarms where they are too many; else the largest of the sizes that is not found. Null where all is well. */
export function weakest(lines: readonly Line[]): Line | null {
  const alarms = tooManyFalseAlarms(lines);
  if (alarms !== null) return alarms;
  const missed = FAULT_KINDS.flatMap((kind) => {
    const own = lines.filter(({ change }) => change.kind === kind);
    const rank = own.findLastIndex((line) => !isFound(line));
    const line = own[rank];
    return line === undefined ? [] : [{ rank, line }];
  });
  const [worst] = missed.sort((one, other) => other.rank - one.rank);
  return worst?.line ?? null;
}

/** One more thing each; none that the traffic has already. */
export function remediesFor(traffic: Traffic): Remedy[] {
  const { windowMinutes, instances, oldAndNew, historyDays } = traffic;
  return [
    { kind: 'window', traffic: { ...traffic, windowMinutes: 2 * windowMinutes } },
    { kind: 'instances', traffic: { ...traffic, instances: 2 * instances } },
    ...(oldAndNew === 'together' || instances < 2
      ? []
      : [{ kind: 'together', traffic: { ...traffic, oldAndNew: 'together' } } as const]),
    ...(historyDays >= HISTORY_DAYS
      ? []
      : [{ kind: 'history', traffic: { ...traffic, historyDays: HISTORY_DAYS } } as const]),
  ];
}

/** The change with each remedy, at the end of the window; yields after each release. */
export function* rehearseRemedies(plan: RehearsalPlan, change: Change, judge: Judge): Generator<void, Helped[]> {
  const helped: Helped[] = [];
  for (const remedy of remediesFor(plan.traffic)) {
    const line = yield* rehearseChange({ ...plan, traffic: remedy.traffic }, change, judge, [PARTS]);
    const found = atTheEnd(line);
    if (found !== null) helped.push({ ...remedy, found });
  }
  return helped;
}
