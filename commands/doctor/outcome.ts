/** What a check of `hinge doctor` found. */

export interface Outcome {
  readonly state: 'ok' | 'warn' | 'fail';
  /** One line: what was found, and what to do. */
  readonly text: string;
  /** Lines to show below it. */
  readonly details?: string;
}
