/** Median and range of a few repeated measurements. */

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @throws when there is nothing to tell */
export function spreadOf(values: readonly number[]): Spread {
  const ascending = values.toSorted((a, b) => a - b);
  const [least, most] = [ascending[0], ascending.at(-1)];
  if (least === undefined || most === undefined) throw new Error('no measurements');
  const half = (ascending.length - 1) / 2;
  const median = ((ascending[Math.floor(half)] ?? least) + (ascending[Math.ceil(half)] ?? most)) / 2;
  return { median, least, most };
}

/** `384 (371-390)`; the median alone where there is one value. */
export function spreadText(values: readonly number[], digits = 0): string {
  const { median, least, most } = spreadOf(values);
  const text = (value: number) => value.toFixed(digits);
  return values.length === 1 ? text(median) : `${text(median)} (${text(least)}-${text(most)})`;
}
