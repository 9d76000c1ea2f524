/** How sure a share is that was counted. */

const Z_95 = 1.959963984540054;

/** 95 % interval of a share (Wilson 1927): stays within 0 to 1 and is sound at 0 and at n hits. Null without runs. */
export function wilson(hits: number, n: number): readonly [number, number] | null {
  if (n === 0) return null;
  const share = hits / n;
  const spread = (Z_95 ** 2 / n + 4 * share * (1 - share)) * n;
  const centre = 2 * hits + Z_95 ** 2;
  const half = Z_95 * Math.sqrt(spread);
  const scale = 2 * (n + Z_95 ** 2);
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
