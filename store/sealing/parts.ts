/**
 * Which parts of a table hold rows that were not there before. ClickHouse writes rows as parts that never change, and merges
 * them: a merge has a new name and nothing new in it. Its name tells the inserts that it covers.
 */

/** Rows that were written, or merged, together; times in seconds since the epoch. */
export interface Part {
  /** `partition_firstBlock_lastBlock_level`, and a mutation's number where there was one. */
  readonly name: string;
  readonly rows: number;
  readonly oldest: number;
  readonly newest: number;
}

interface Blocks {
  readonly partition: string;
  readonly first: number;
  readonly last: number;
}

/** Null for a name of another form: nothing is known of where its rows come from. */
function blocksOf(name: string): Blocks | null {
  const [partition, first, last, level] = name.split('_');
  if (partition === undefined || level === undefined) return null;
  const blocks = { partition, first: Number(first), last: Number(last) };
  return Number.isSafeInteger(blocks.first) && Number.isSafeInteger(blocks.last) ? blocks : null;
}

const isWithin = (inner: Blocks | null, outer: Blocks): boolean =>
  inner !== null && inner.partition === outer.partition && inner.first >= outer.first && inner.last <= outer.last;

const isSame = (a: Part | undefined, b: Part): boolean =>
  a !== undefined && a.rows === b.rows && a.oldest === b.oldest && a.newest === b.newest;

/** Whether a part is made of parts that are gone, and of nothing else. */
function isMergeOf(part: Part, gone: readonly Part[]): boolean {
  const blocks = blocksOf(part.name);
  if (blocks === null) return false;
  const merged = gone.filter(({ name }) => isWithin(blocksOf(name), blocks));
  const all: Part = {
    name: part.name,
    rows: merged.reduce((sum, { rows }) => sum + rows, 0),
    oldest: Math.min(...merged.map(({ oldest }) => oldest)),
    newest: Math.max(...merged.map(({ newest }) => newest)),
  };
  return isSame(all, part);
}

/** The parts of now with rows that those of before had not; a part of which that cannot be told is one of them. */
export function partsWithNews(before: readonly Part[], now: readonly Part[]): Part[] {
  const known = new Map(before.map((part) => [part.name, part]));
  const names = new Set(now.map(({ name }) => name));
  const gone = before.filter(({ name }) => !names.has(name));
  return now.filter((part) => !isSame(known.get(part.name), part) && !isMergeOf(part, gone));
}
