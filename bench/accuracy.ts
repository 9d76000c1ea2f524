/**
 * `npm run bench:accuracy [-- --only null,power] [--quick]`: the scoreboard, a block of measurements after the other.
 * Progress goes to stderr, the table to stdout.
 */

import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Block } from './accuracy/row.ts';
import { lineOf, TABLE_HEAD } from './accuracy/table.ts';

/** In the order in which they run. Speed first: what ran before would count as its memory. */
const BLOCKS: Readonly<Record<string, () => Promise<Block>>> = {
  speed: async () => (await import('./accuracy/speed.ts')).speedBlock,
  null: async () => (await import('./accuracy/null.ts')).nullBlock,
  power: async () => (await import('./accuracy/power.ts')).powerBlock,
  attribution: async () => (await import('./accuracy/attribution.ts')).attributionBlock,
  live: async () => (await import('./accuracy/live.ts')).liveBlock,
  onlineboutique: async () => (await import('./accuracy/onlineboutique.ts')).onlineboutiqueBlock,
  petshop: async () => (await import('./accuracy/petshop.ts')).petshopBlock,
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

try {
  const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } });
  const names = values.only?.split(',') ?? Object.keys(BLOCKS);
  const unknown = names.filter((name) => !Object.hasOwn(BLOCKS, name));
  if (unknown.length > 0)
    throw new RangeError(`there is no block ${unknown.join(', ')}; choose from ${Object.keys(BLOCKS).join(', ')}`);
  print(TABLE_HEAD);
  for (const [name, load] of Object.entries(BLOCKS)) {
    if (!names.includes(name)) continue;
    const block = await load();
    const rows = await block({ quick: values.quick, say });
    print(rows.map(lineOf));
  }
} catch (thrown) {
  say(messageOf(thrown));
  process.exitCode = 2;
}
