/**
 * Grouping rows by many names at about the cost of one: a name is hashed once, not once a row, and one key over nested SQL is
 * analysed in half the time of eight.
 */

/** By itself, and apart by what it is the name of. */
const hashOf = (name: string) => `cityHash64('${name}', ${name})`;

interface Grouping {
  /** Columns that are the same in a group, and stay. */
  readonly names: readonly string[];
  /** Columns that tell groups apart, and go. */
  readonly apart?: readonly string[];
  /** What is said of each group, with aliases. */
  readonly figures: string;
  readonly from: string;
  readonly where?: string;
}

/** One row a group, with the names and then the figures. Two groups are taken for one if their hashes of 64 bits agree. */
export function grouped({ names, apart = [], figures, from, where = '1' }: Grouping): string {
  const hash = [...names, ...apart].map(hashOf).reduce((all, each) => `bitXor(${all}, ${each})`);
  return `SELECT ${names.map((name, i) => `alike.${i + 1} AS ${name}`).join(', ')}, * EXCEPT alike
  FROM (SELECT any((${names.join(', ')})) AS alike, ${figures} FROM (${from}) WHERE ${where} GROUP BY ${hash})`;
}
