/** Stretches of time, [start, end): in seconds since the epoch, or whatever else is counted. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The same times in order, each once: those that touch are one. Where more than `most` were left, one holds them all. */
export function joined(stretches: readonly Stretch[], most: number): Stretch[] {
  const ordered = stretches.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
  const apart: Stretch[] = [];
  for (const stretch of ordered) {
    const last = apart.at(-1);
    if (last === undefined || last.end < stretch.start) apart.push(stretch);
    else apart[apart.length - 1] = { start: last.start, end: Math.max(last.end, stretch.end) };
  }
  const [first] = apart;
  const last = apart.at(-1);
  return first === undefined || last === undefined || apart.length <= most
    ? apart
    : [{ start: first.start, end: last.end }];
}

/** What lies before an instant. */
export const before = (stretches: readonly Stretch[], until: number): Stretch[] =>
  stretches.map(({ start, end }) => ({ start, end: Math.min(end, until) })).filter(({ start, end }) => start < end);

/** What lies at an instant or after it. */
export const from = (stretches: readonly Stretch[], since: number): Stretch[] =>
  stretches.map(({ start, end }) => ({ start: Math.max(start, since), end })).filter(({ start, end }) => start < end);
