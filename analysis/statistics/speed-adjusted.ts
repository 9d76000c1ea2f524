/** A difference of rates freed of what the speed of the instances explains, read off a second rate of the same clusters. */

import { sum } from 'simple-statistics';
import { addUp, type Count } from './counts.ts';
import { studentTwoSided } from './distributions.ts';
import { compareRates } from './ratio.ts';

export interface Rates {
  readonly baseline: readonly Count[];
  readonly candidate: readonly Count[];
}

/** Of the rate of an arm. */
interface LeastVariances {
  readonly baseline: number;
  readonly candidate: number;
}

export interface AdjustedDifference {
  readonly difference: number;
  /** Two-sided. */
  readonly p: number;
}

/** Clusters of both arms together from which a slope can be had. */
const FEWEST_CLUSTERS = 12;
/** A covariate that differs between the arms beyond chance is an effect, not the luck of the instances. */
const MOVED_P = 0.05;
/** The covariate speaks where it leaves at most this part of the variance within the arms. */
const MOST_LEFT = 0.5;

/** The covariate: what tells how fast each cluster is. */
export interface Speed {
  readonly rates: Rates;
  /** Of both arms together. */
  readonly rate: number;
  /** Of each cluster of the one arm, then of the other: events beyond those that its arm's rate would have given it. */
  readonly residuals: readonly number[];
}

/** Null where it moved itself, or where there are too few clusters for a slope. */
export function speedOf(rates: Rates): Speed | null {
  const { baseline, candidate } = rates;
  if (baseline.length + candidate.length < FEWEST_CLUSTERS || hasMoved(rates)) return null;
  return { rates, rate: rateOf([...baseline, ...candidate]), residuals: residualsOf(rates) };
}

/**
 * Analysis of covariance (Fisher 1932; Deng, Xu, Kohavi, Walker 2013 for experiments): the slope of the rate on the covariate is
 * that within the arms, so that choosing this test by how well it fits looks at no difference between them.
 * `leastVariances`: what counting alone gives, in each arm: a covariate that fits to the last call would leave none. Null where the covariate explains too little.
 */
export function adjustForSpeed(
  rates: Rates,
  { rates: covariates, rate: common, residuals: speeds }: Speed,
  leastVariances: LeastVariances,
): AdjustedDifference | null {
  const clusters = rates.baseline.length + rates.candidate.length;
  const events = residualsOf(rates);
  const slope = product(events, speeds) / product(speeds, speeds);
  const left = events.map((event, index) => event - slope * (speeds[index] ?? 0));
  // Two means and a slope are estimated, where there were two means.
  const lost = (clusters - 2) / (clusters - 3);
  if (!(lost * product(left, left) <= MOST_LEFT * product(events, events))) return null;
  const freed = (counts: readonly Count[], speed: readonly Count[]) =>
    counts.map(({ events: seen, exposure }, index) => {
      const { events: fast = 0, exposure: of = 0 } = speed[index] ?? {};
      return { events: seen - slope * (fast - common * of), exposure };
    });
  const compared = compareRates(
    freed(rates.baseline, covariates.baseline),
    freed(rates.candidate, covariates.candidate),
    { paired: false, noise: 'none', leastVariances },
  );
  const standardError = Math.sqrt(lost) * compared.standardError;
  const degreesOfFreedom = compared.degreesOfFreedom - 1;
  // One cluster that holds nearly all of the variance leaves nothing to judge with.
  if (!(degreesOfFreedom > 0 && standardError > 0)) return null;
  return { difference: compared.difference, p: studentTwoSided(compared.difference / standardError, degreesOfFreedom) };
}

function hasMoved({ baseline, candidate }: Rates): boolean {
  const { p } = compareRates(baseline, candidate, { paired: false, noise: 'binomial' });
  return p !== null && p <= MOVED_P;
}

function residualsOf({ baseline, candidate }: Rates): number[] {
  return [baseline, candidate].flatMap((arm) => {
    const rate = rateOf(arm);
    return arm.map(({ events, exposure }) => events - rate * exposure);
  });
}

function rateOf(counts: readonly Count[]): number {
  const { events, exposure } = addUp(counts);
  return events / exposure;
}

const product = (one: readonly number[], other: readonly number[]): number =>
  sum(one.map((value, index) => value * (other[index] ?? 0)));
