/** What a check of `hinge doctor` found. */

export interface Outcome {
  readonly state: 'ok' | 'warn' | 'fail';
  /** One line: what was found, and what to do. */
  readonly text: string;
  /** Lines to show below it. */
  readonly details?: string;
}

/** `1 flag`, `2 flags`. */
export const counted = (value: number, noun: string): string => `${value} ${noun}${value === 1 ? '' : 's'}`;
