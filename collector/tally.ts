/** The limits of texts and attributes, and what was cut at them. */

export interface Tally {
  /** UTF-8 bytes of one text or attribute value; what is beyond is cut and counted. */
  readonly maxValueBytes: number;
  /** Attributes of a span, data point, resource, scope, event or link; those beyond are cut and counted. */
  readonly maxAttributes: number;
  /** Texts, values and attributes cut so far. */
  truncated: number;
}
