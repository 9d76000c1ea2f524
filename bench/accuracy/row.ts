/** One line of the scoreboard: what was measured, how surely, what was aimed at, and what others have reached. */

import { wilson } from '../../rehearse/wilson.ts';

export type Target = { readonly atLeast: number } | { readonly atMost: number };

export interface Row {
  readonly what: string;
  /** A share from 0 to 1, unless `unit` names another unit; null where nothing could be measured. */
  readonly measured: number | null;
  /** For instance `min`, `s`, `MB`. @default a share */
  readonly unit?: string;
  /** Runs, releases or cases behind `measured`. */
  readonly n: number;
  /** 95 % interval of `measured`, in its unit: `shareRow` gives Wilson's; null where none can be given. */
  readonly interval: readonly [number, number] | null;
  /** Null: measured for information. */
  readonly target: Target | null;
  /** Who reached what, on what; empty where nothing comparable is published. */
  readonly record: string;
}

/** A block of the scoreboard. `quick` asks for about a tenth of the work; `say` takes lines of progress. */
export type Block = (options: BlockOptions) => Promise<readonly Row[]>;

export interface BlockOptions {
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

/** Whether `measured` itself keeps the target, chance left aside; null where there is no target or nothing was measured. */
export function meets({ measured, target }: Pick<Row, 'measured' | 'target'>): boolean | null {
  if (measured === null || target === null) return null;
  return 'atLeast' in target ? measured >= target.atLeast : measured <= target.atMost;
}

/** Row of `hits` among `n`. */
export function shareRow(what: string, hits: number, n: number, target: Target | null, record = ''): Row {
  return { what, measured: n === 0 ? null : hits / n, n, interval: wilson(hits, n), target, record };
}
