/**
 * `npm run bench:flags -- [--rounds 200] [--kills 50] [--seed 1]`: a bot and a person write the same flag of a real Unleash at
 * the same time, by the controller's way to write alone and through a whole controller; and how long it takes from a kill until applications are given it. Exit code 1 when a person's word was lost.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createRandom } from '../analysis/statistics/random.ts';
import { startUnleash } from '../demo/unleash-server/setup.ts';
import { percentile, whole } from './faults/figures.ts';
import { type ControlledRound, playControlledRounds } from './flags/controlled.ts';
import { createPeople } from './flags/people.ts';
import { killsUntilPublished } from './flags/published.ts';
import { playRound, type Round, SCENARIOS } from './flags/race.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const random = createRandom(Number(values.seed));
/** Beyond it a server hangs; the bench ends. */
const LONGEST_MS = 15 * 60_000;
setTimeout(() => {
  console.error(`did not end within ${LONGEST_MS / 60_000} min`);
  process.exit(1);
}, LONGEST_MS).unref();

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

function countsOf(name: string, rounds: readonly Round[]): string {
  const count = (fits: (round: Round) => boolean): number => rounds.filter(fits).length;
  const overwritten = rounds.filter((round) => round.overwritten);
  return line([
    name,
    rounds.length,
    count(({ outcome }) => outcome === 'yielded'),
    count(({ outcome }) => outcome === 'conflict'),
    count(({ personLast }) => personLast),
    overwritten.length,
    overwritten.filter(({ detected }) => detected).length,
    overwritten.filter(({ stands }) => stands).length,
    count(({ stands }) => !stands),
  ]);
}

const CONTROLLED = ['person / controller', 'rounds', 'in hand', 'left to them', 'overwritten', 'put back', 'lost'];

function printControlled(all: readonly ControlledRound[], scenarios: readonly { readonly name: string }[]): void {
  const countsOfControlled = (name: string, of: readonly ControlledRound[]): string => {
    const inHand = of.filter((round) => round.inHand);
    const overwritten = inHand.filter((round) => round.overwritten);
    const lost = inHand.filter(({ stands }) => !stands).length;
    const [left, back] = [inHand.filter(({ yielded }) => yielded), overwritten.filter(({ stands }) => stands)];
    return line([name, of.length, inHand.length, left.length, overwritten.length, back.length, lost]);
  };
  console.log(`\n${line(CONTROLLED)}\n|${'---|'.repeat(CONTROLLED.length)}`);
  for (const { name } of scenarios)
    console.log(
      countsOfControlled(
        name,
        all.filter(({ scenario }) => scenario === name),
      ),
    );
  console.log(countsOfControlled('all', all));
}

await using unleash = await startUnleash((text) => console.error(text));
const people = await createPeople(unleash);

const rounds: Round[] = [];
for (let number = 0; number < Number(values.rounds); number++) {
  const scenario = SCENARIOS[number % SCENARIOS.length];
  if (scenario !== undefined) rounds.push(await playRound(people, scenario, random));
}
const controlled = await playControlledRounds(people, SCENARIOS, Number(values.rounds), random);
const kills = await killsUntilPublished(people, Number(values.kills), random);

const load = (loadavg()[0] ?? 0).toFixed(1);
console.log(`Seed ${values.seed}, ${availableParallelism()} cores, load ${load}.\n`);
console.log(
  line([
    'person / bot',
    'rounds',
    'bot yielded',
    'guard held',
    'person last',
    'overwritten',
    'detected',
    'put back',
    'lost',
  ]),
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const { name } of SCENARIOS) {
  console.log(
    countsOf(
      name,
      rounds.filter((round) => round.scenario === name),
    ),
  );
}
console.log(countsOf('all', rounds));
printControlled(controlled, SCENARIOS);
const ms = (share: number): string => `${whole(percentile(kills, share))} ms`;
console.log(`\nKill to published, ${kills.length} rounds: p50 ${ms(0.5)}, p95 ${ms(0.95)}, max ${ms(1)}`);
const isHeard = controlled.every((round) => !round.inHand || (round.yielded && round.stands));
process.exitCode = isHeard && rounds.every(({ stands }) => stands) ? 0 : 1;
