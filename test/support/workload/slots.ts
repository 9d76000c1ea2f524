/** Where an arm stands in time, and in which of its slots something began. */

export interface Clocked {
  readonly startMs: number;
  readonly slotMs: number;
  readonly slots: number;
}

/** Counted from 0; `startNs` counts from the start of the arm. */
export const slotOf = (startNs: number, { slotMs }: Clocked): number => Math.floor(startNs / (slotMs * 1e6));
