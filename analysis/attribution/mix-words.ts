/** A change that is mostly mix, in sentences. */

import type { Finding } from '../../model.ts';
import { change, nameOf, percent, signalValue } from '../words.ts';
import type { MixSplit } from './mix-split.ts';
import { endpointOfRoot } from './mix-strata.ts';

/** What moved, and why. */
export function causeOf({ signal, baseline, candidate, ratio }: Finding, split: MixSplit): string {
  const size = ratio === null ? '' : ` (${change(ratio)})`;
  const went = `${nameOf(signal)} went from ${signalValue(signal, baseline)} to ${signalValue(signal, candidate)}${size}`;
  return `${went} as ${requestsOf(split)}`;
}

/** Of whose requests there are more. */
export function requestsOf({ moved }: MixSplit): string {
  return `other requests came: ${endpointOfRoot(moved.root)} makes ${percent(moved.candidate)} of its calls, ${percent(moved.baseline)} before`;
}

/** Both parts of the change. */
export function sizeOf({ mixNs, performanceNs, intervalNs, baselineNs }: MixSplit): string {
  const changeBy = (ns: number) => change(1 + ns / baselineNs);
  const [low, high] = intervalNs;
  const interval = `95 % interval ${changeBy(low)} to ${changeBy(high)}`;
  return `this mix moved the mean by ${changeBy(mixNs)}, like for like it changed by ${changeBy(performanceNs)} (${interval})`;
}

export const placeOf = ({ service, endpoint, peer }: Finding): string =>
  `${service} ${endpoint}${peer === '' ? '' : ` to ${peer}`}`;
