/** The limits of texts and attributes, and what was cut at them. */

import { Census, type CensusLimits, type Overflow } from './census.ts';

export interface TallyLimits extends CensusLimits {
  /** UTF-8 bytes of one text or attribute value; what is beyond is cut and counted. */
  readonly maxValueBytes: number;
  /** Attributes of a span, data point, resource, scope, event or link; those beyond are cut and counted. */
  readonly maxAttributes: number;
}

/** Shared by all columns of a collector. */
export interface Tally extends TallyLimits {
  readonly census: Census;
  /** Texts, values and attributes that were cut or replaced so far. */
  truncated: number;
}

export function createTally(limits: TallyLimits, onOverflow?: (overflow: Overflow) => void): Tally {
  const { maxValueBytes, maxAttributes, maxServices, maxNamesPerService, maxKeysPerService } = limits;
  const own = { maxValueBytes, maxAttributes, maxServices, maxNamesPerService, maxKeysPerService };
  return { ...own, census: new Census(own, onOverflow), truncated: 0 };
}
