/** Where a signal stands after a change, beside its control, in words. Pure. */

import { badShare } from '../analysis/live/burn.ts';
import type { EventCounts } from '../model.ts';
import type { ControlKind, SloReading } from './readings.ts';

const KINDS: Readonly<Record<ControlKind, string>> = {
  build: 'builds of before in the same minutes',
  variant: 'instances without the variant in the same minutes',
  before: 'the time before the upgrade',
};

export const percent = (share: number | null): string =>
  share === null ? 'unknown' : `${(share * 100).toPrecision(3)} %`;
export const shareOf = (counts: EventCounts | null): string => percent(counts && badShare(counts));

/** Whom it is compared with, and both shares of bad events. */
export function besideControl({ slo, isSignal, control, objective }: SloReading): string {
  if (!control && isSignal) return `no control for ${slo}`;
  if (!control) return `no control for ${slo}: its objective allows ${percent(1 - objective)}`;
  const both = `${shareOf(control.changed)} against ${shareOf(control.control)}`;
  return `control of ${slo}: ${KINDS[control.kind]} (${both})`;
}

/** The share of bad events since the change, beside the control's. */
export function levelOf(reading: SloReading): string {
  const { slo, recovery, control } = reading;
  const level = `${slo} ${shareOf(recovery)} bad`;
  return control ? `${level}, ${besideControl(reading)}` : level;
}
