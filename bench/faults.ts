/**
 * `npm run test:faults -- [--only 1,5] [--quick] [--rounds N] [--minutes N] [--seed N]`: breaks a real `hinge serve` in the
 * ways of docs/reliability.md and checks what Hinge promises. Prints a table as Markdown; exit code 1 when a promise is broken.
 */

import { parseArgs } from 'node:util';
import { createRandom } from '../analysis/statistics/random.ts';
import { messageOf } from '../errors.ts';
import { FAULTS } from './faults/catalogue.ts';
import type { Fault, Outcome } from './faults/fault.ts';
import { createScratch } from './faults/scratch.ts';
import { headOf, rowOf } from './faults/table.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);
const minutes = values.quick ? 0.25 : Number(values.minutes);
/** A fault that takes longer is broken; what it started is ended. */
const LONGEST_MS = (values.quick ? 3 : 8) * 60_000 + minutes * 60_000;
const only = values.only?.split(',').map(Number);
const chosen = FAULTS.filter(({ number }) => only === undefined || only.includes(number));
const scratch = createScratch();

const rows: string[] = [];
let failures = 0;
for (const fault of chosen) {
  const startMs = performance.now();
  say(`fault ${fault.number}: ${fault.title}`);
  const outcome = await runBounded(fault);
  scratch.clear();
  if (outcome.broken.length > 0) failures++;
  const row = rowOf(fault, outcome);
  say(`${row} (${Math.round((performance.now() - startMs) / 1_000)} s)`);
  rows.push(row);
}
console.log(`\n${headOf(seed)}\n${rows.join('\n')}`);
process.exit(failures === 0 ? 0 : 1);

async function runBounded(fault: Fault): Promise<Outcome> {
  const signal = AbortSignal.timeout(LONGEST_MS);
  const tooLong = new Promise<Outcome>((resolve) => {
    signal.onabort = () => resolve({ figures: [], broken: [`did not end within ${LONGEST_MS / 1_000} s`] });
  });
  const work = fault.run({
    random: createRandom(seed * 1_000 + fault.number),
    scratch,
    signal,
    isQuick: values.quick,
    minutes,
    rounds: (full, quick) => (values.rounds === undefined ? (values.quick ? quick : full) : Number(values.rounds)),
    say: (text) => say(`  ${text}`),
  });
  const ended = work.catch((error: unknown): Outcome => ({ figures: [], broken: [messageOf(error)] }));
  return await Promise.race([ended, tooLong]);
}

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
