/**
 * `npm run bench:policy [-- --only unchanged,regressed,drawn,rungs] [--quick] [--latency]`: what the controller does of itself, on
 * simulated upgrades; or how soon a real flag server has its change. Progress goes to stderr, the table to stdout.
 */

import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Block } from './accuracy/row.ts';
import { lineOf, TABLE_HEAD } from './accuracy/table.ts';

/** In the order in which they run. */
const BLOCKS: Readonly<Record<string, () => Promise<Block>>> = {
  unchanged: async () => (await import('./policy/unchanged.ts')).unchangedBlock,
  regressed: async () => (await import('./policy/regressed.ts')).regressedBlock,
  drawn: async () => (await import('./policy/drawn.ts')).drawnBlock,
  rungs: async () => (await import('./policy/rungs.ts')).rungsBlock,
  latency: async () => (await import('./policy/latency.ts')).latencyBlock,
};

const SIMULATED = ['unchanged', 'regressed', 'drawn', 'rungs'];

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

try {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { only: { type: 'string' }, quick: flag, latency: flag } });
  const names = values.latency ? ['latency'] : (values.only?.split(',') ?? SIMULATED);
  print(TABLE_HEAD);
  for (const name of names) {
    const load = BLOCKS[name];
    if (load === undefined) throw new RangeError(`no block ${name}; choose from ${Object.keys(BLOCKS).join(', ')}`);
    const block = await load();
    print((await block({ quick: values.quick, say })).map(lineOf));
  }
} catch (thrown) {
  say(messageOf(thrown));
  process.exitCode = 2;
}
