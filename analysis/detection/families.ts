/** Families of tests: latency, errors, retries and calls per request, each corrected for the number of its endpoints. */

import { endpointId } from '../input/endpoints.ts';
import { QUANTILES } from '../input/quantiles.ts';
import { adjustByGroup } from '../statistics/fdr.ts';
import type { EndpointMeasurements } from './detect.ts';
import { isTwoSided, type Measurement } from './measurement.ts';

export interface MeasuredTest {
  readonly about: EndpointMeasurements;
  readonly measurement: Measurement;
}

export interface AdjustedTest extends MeasuredTest {
  /** Adjusted p of the direction in which the signal moved, never below p itself; null where there was no test. */
  readonly q: number | null;
}

const familyOf = ({ measurement }: MeasuredTest) => measurement.signal.split('.')[0] ?? '';
const weightOf = ({ signal }: Measurement) => QUANTILES.find((quantile) => quantile.signal === signal)?.weight ?? 1;

export function adjustFamilies(tests: readonly MeasuredTest[]): AdjustedTest[] {
  return [...Map.groupBy(tests, familyOf).values()].flatMap(adjustFamily);
}

/**
 * "Is it worse?" and "is it better?" are two questions, each with an error budget of its own: one-sided p-values,
 * adjusted among those of the same direction. Where both ways are a regression there is one question, with the two-sided p.
 */
function adjustFamily(tests: readonly MeasuredTest[]): AdjustedTest[] {
  const adjust = (pOf: (measurement: Measurement) => number | null) =>
    adjustByGroup(
      tests.map(({ about, measurement }) => ({
        group: endpointId(about.key),
        p: pOf(measurement),
        weight: weightOf(measurement),
      })),
    );
  if (tests.some(({ measurement }) => isTwoSided(measurement.signal))) {
    const both = adjust(({ p }) => p);
    return tests.map((test, index) => withQ(test, both[index]));
  }
  const worse = adjust((measurement) => oneSided(measurement, isWorse(measurement)));
  const better = adjust((measurement) => oneSided(measurement, !isWorse(measurement)));
  return tests.map((test, index) => withQ(test, (isWorse(test.measurement) ? worse : better)[index]));
}

/** One side, or a weight over one, may make q less than p; nobody could explain that. */
function withQ(test: MeasuredTest, adjusted: number | null | undefined): AdjustedTest {
  return { ...test, q: adjusted == null ? null : Math.max(adjusted, test.measurement.p ?? 1) };
}

/** Without a ratio the baseline had none at all. */
const isWorse = ({ ratio }: Measurement) => ratio === null || ratio > 1;

function oneSided({ p }: Measurement, asMoved: boolean): number | null {
  if (p === null) return null;
  return asMoved ? p / 2 : 1 - p / 2;
}
