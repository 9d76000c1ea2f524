/**
 * The controller over many seeded schedules on virtual time: people, faults, crashes and two controllers in any order.
 *
 * npm run bench:simulate                     100,000 schedules from seed 1
 * npm run bench:simulate -- --count 5000 --from 1 --seconds 600
 * npm run bench:simulate -- --seed 1234      one schedule, with its story
 */
import { parseArgs } from 'node:util';
import { type Outcome, runSchedule } from '../test/flags/simulation/schedule.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3600' },
    seed: { type: 'string' },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function tell({ seed, broken }: Outcome): void {
  for (const line of broken) print(`seed ${seed}: ${line}`);
  print(`replay: npm run bench:simulate -- --seed ${seed}`);
}

async function replay(seed: number): Promise<boolean> {
  const outcome = await runSchedule(seed);
  print(outcome.story());
  if (outcome.broken.length === 0) print(`seed ${seed}: every promise was kept`);
  else tell(outcome);
  return outcome.broken.length === 0;
}

async function runMany(from: number, count: number, seconds: number): Promise<boolean> {
  const startMs = performance.now();
  const seen = new Map<string, number>();
  const elapsed = (): number => (performance.now() - startMs) / 1_000;
  let [done, failed] = [0, 0];
  for (; done < count && elapsed() < seconds; done++) {
    const outcome = await runSchedule(from + done);
    for (const [what, times] of outcome.seen) seen.set(what, (seen.get(what) ?? 0) + times);
    if (outcome.broken.length > 0) {
      failed += 1;
      tell(outcome);
    }
    if ((done + 1) % 5_000 === 0)
      print(`${done + 1} schedules, ${failed} with a broken promise, ${elapsed().toFixed(0)} s`);
  }
  const counts = [...seen].sort(([, a], [, b]) => b - a).map(([what, times]) => `${what} ${times}`);
  print(`met: ${counts.join(', ')}`);
  print(`${done} schedules from seed ${from}: ${failed} with a broken promise, in ${elapsed().toFixed(1)} s`);
  return failed === 0;
}

// What is thrown is data here; its stack would cost a fifth of the time.
Error.stackTraceLimit = 0;
const { seed, from, count, seconds } = values;
const isWell =
  seed === undefined ? await runMany(Number(from), Number(count), Number(seconds)) : await replay(Number(seed));
process.exitCode = isWell ? 0 : 1;
