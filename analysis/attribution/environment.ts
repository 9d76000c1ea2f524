/** Whether every service slowed down together: one shift that the services share, and none that stands out of it. */

import { median, sum } from 'simple-statistics';
import { chiSquareAtLeast } from '../statistics/distributions.ts';
import type { JudgedUnit } from './time.ts';

/** Fewer services than this, or than this part of them, slower: no matter of the environment. */
const LEAST_SERVICES = 3;
const LEAST_PART = 0.8;
/** Services feel one environment differently: standard deviation of their log rises, as a part of the one in the middle. */
const UNEVENNESS = 0.25;
/** So surely must the rises differ from each other for one of them to stand out. */
const SIGNIFICANCE = 0.01;

/** Log ratio of the self time of a service, new to old, and its variance. */
export interface Rise {
  readonly log: number;
  readonly variance: number;
}

/** `units`: services and edges within the root endpoints that regressed; edges are left out. */
export function isEnvironment(units: readonly JudgedUnit[]): boolean {
  const services = [
    ...Map.groupBy(
      units.filter(({ edge }) => edge === null),
      ({ unit }) => unit,
    ).values(),
  ];
  const slower = services.filter((own) => own.some((unit) => unit.slower));
  if (slower.length < LEAST_SERVICES || slower.length < LEAST_PART * services.length) return false;
  const rises = services.map((own) => own.map(({ rise }) => rise).filter(isKnown)).filter((own) => own.length > 0);
  return isOneShift(rises.map(combined));
}

/**
 * Cochran's Q (1954): whether the rises are compatible with one shift that all share, given how surely each is known. Around the
 * shift they may lie as far as an environment is uneven, so that many data do not tell services apart that differ by little.
 */
export function isOneShift(rises: readonly Rise[]): boolean {
  if (rises.length < 2) return false;
  const uneven = (UNEVENNESS * median(rises.map(({ log }) => log))) ** 2;
  const weights = rises.map(({ variance }) => 1 / (variance + uneven));
  const shift = sum(rises.map(({ log }, index) => log * (weights[index] ?? 0))) / sum(weights);
  const q = sum(rises.map(({ log }, index) => (log - shift) ** 2 * (weights[index] ?? 0)));
  return shift > 0 && chiSquareAtLeast(q, rises.length - 1) >= SIGNIFICANCE;
}

const isKnown = ({ log, variance }: Rise): boolean => Number.isFinite(log) && Number.isFinite(variance);

/** One service in several root endpoints: the same instances, so that its errors add up as if they were one. */
function combined(rises: readonly Rise[]): Rise {
  const weights = rises.map(({ variance }) => 1 / Math.max(variance, Number.MIN_VALUE));
  const all = sum(weights);
  const part = (index: number) => (weights[index] ?? 0) / all;
  return {
    log: sum(rises.map(({ log }, index) => part(index) * log)),
    variance: sum(rises.map(({ variance }, index) => part(index) * Math.sqrt(variance))) ** 2,
  };
}
