/** How often a flag is turned down by a regression that nobody chose: kind and size drawn, from the tolerance to ten times it. */

import { DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import { type Block, shareRow } from '../accuracy/row.ts';
import { countOf, repeat } from '../accuracy/simulate.ts';
import { type Course, follow } from './course.ts';
import { ERRORS, type Fault, RETRIES, upgradePlan } from './scenes.ts';

const RUNS = 2_000;
/** In tolerances: the first is the smallest that is none, the last is plain to see without statistics. */
const BANDS = [1, 2, 4, 10] as const;

const { tolerances, errorFloor, retryFloor } = DEFAULT_SETTINGS;
const TOLERATED_ERRORS = Math.max(errorFloor, tolerances.errors * ERRORS);
const TOLERATED_RETRIES = Math.max(retryFloor, tolerances.retries * RETRIES);

const KINDS: Readonly<Record<string, (times: number) => Fault>> = {
  'slower tail': (times) => ({ latency: { tail: times * tolerances.p99 } }),
  'all calls slower': (times) => ({ latency: { slower: times * tolerances.p95 } }),
  'more errors': (times) => ({ errorsAfter: ERRORS + times * TOLERATED_ERRORS }),
  'more retries': (times) => ({ retriesAfter: RETRIES + times * TOLERATED_RETRIES }),
};

interface Drawn extends Course {
  readonly kind: string;
  readonly times: number;
}

/** Kinds are equally frequent; of sizes each doubling is. */
function draw(seed: number): Drawn {
  const random = createRandom(seed);
  const [smallest, largest] = [BANDS[0], BANDS.at(-1) ?? 1];
  const kinds = Object.entries(KINDS);
  const [kind = '', faultOf = () => ({})] = kinds[Math.floor(random() * kinds.length)] ?? [];
  const times = smallest * (largest / smallest) ** random();
  return { ...follow(upgradePlan(faultOf(times)), seed), kind, times };
}

const isActed = ({ actedMinutes }: Drawn) => actedMinutes !== null;
const TARGET = { atLeast: 0.95 };

export const drawnBlock: Block = async (options) => {
  const drawn = repeat('regressions drawn', options.quick ? RUNS / 10 : RUNS, options, draw);
  const rowOf = (what: string, own: readonly Drawn[], target: typeof TARGET | null) =>
    shareRow(
      `regressions drawn, ${what}: turned down by the end of the hour`,
      countOf(own, isActed),
      own.length,
      target,
    );
  const between = (low: number, high: number) => drawn.filter(({ times }) => times >= low && times < high);
  const bands = BANDS.slice(1).map((high, index) => [BANDS[index] ?? 1, high] as const);
  return [
    rowOf('of 1 to 10 times the tolerance', drawn, TARGET),
    rowOf('of 2 to 10 times the tolerance', between(2, 10), TARGET),
    ...bands.flatMap(([low, high]) => [
      rowOf(`of ${low} to ${high} times the tolerance`, between(low, high), null),
      ...Object.keys(KINDS).map((kind) =>
        rowOf(
          `of ${low} to ${high} times the tolerance, ${kind}`,
          between(low, high).filter((one) => one.kind === kind),
          null,
        ),
      ),
    ]),
  ];
};
