/** How often a flag is turned down by an upgrade that changed nothing. */

import type { CellPlan } from '../../rehearse/cells.ts';
import { type Block, shareRow } from '../accuracy/row.ts';
import { countOf, repeat } from '../accuracy/simulate.ts';
import { follow } from './course.ts';
import { manyEndpoints, upgradePlan } from './scenes.ts';

const SCENES: readonly (readonly [what: string, runs: number, more: Partial<CellPlan>])[] = [
  ['half of the fleet upgraded at once', 4_000, {}],
  ['instance after instance, one every two minutes', 4_000, { rollout: { kind: 'staggered', everySlots: 2 } }],
  ['half of the fleet upgraded at once, 20 endpoints', 1_000, { endpoints: manyEndpoints(20) }],
];

export const unchangedBlock: Block = async (options) =>
  SCENES.flatMap(([what, runs, more]) => {
    const courses = repeat(`unchanged: ${what}`, options.quick ? runs / 10 : runs, options, (seed) =>
      follow(upgradePlan({}, more), seed),
    );
    const suspected = countOf(courses, ({ suspectedMinutes }) => suspectedMinutes !== null);
    const acted = countOf(courses, ({ actedMinutes }) => actedMinutes !== null);
    return [
      shareRow(`nothing changed, ${what}: turned down by the end of the hour`, acted, courses.length, {
        atMost: 0.005,
      }),
      shareRow(`nothing changed, ${what}: suspected by the live test`, suspected, courses.length, null),
    ];
  });
