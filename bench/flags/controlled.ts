/** One round through the real controller: it finds a breach, decides and writes, while a person changes the same flag at a random moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../analysis/statistics/random.ts';
import type { Behaviour } from '../../flags/behaviour.ts';
import { type Controller, createController } from '../../flags/controller.ts';
import type { ReadingsSource } from '../../flags/gather.ts';
import type { FlagState } from '../../flags/state.ts';
import type { JournalEntry, Log, Slo } from '../../model.ts';
import { ENVIRONMENT, type People, RISKY } from './people.ts';
import { isOverwritten, meets, SAFE, type Scenario } from './race.ts';

export interface ControlledRound {
  readonly scenario: string;
  /** The person came after the controller had taken the flag in hand: until then people change it as they like. */
  readonly inHand: boolean;
  /** By the log: after a write of the controller's, the person's earlier word did not stand. */
  readonly overwritten: boolean;
  /** The controller left the flag to the person. */
  readonly yielded: boolean;
  /** In the end the flag is as the person wanted it. */
  readonly stands: boolean;
}

const INTERVAL_MS = 50;
/** Half of the people come when the controller is about to write, within this; the others at any time, from before it to its proof. */
const WRITING_MS = 30;
const ANY_MS = 1_000;
/** A person who is overwritten is heard within this, and their word put back. */
const AFTER_MS = 500;
const LONGEST_MS = 15_000;

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const SLO: Slo = { name: 'in time', service: 'checkout', indicator: 'latency', thresholdMs: 300, objective: 0.99 };

/** A service that is bad, whatever is done to the flag. */
const BAD: ReadingsSource = {
  eventCounts: async (_slo, ranges) => ranges.map(() => ({ good: 700, total: 1_000 })),
  variantInstances: async () => [{ variant: 'v2', instances: 3 }],
  newestDataMs: async () => Date.now(),
  suspects: async () => ({ upgradeId: 'u1', changed: ['checkout'], suspects: [], findings: [] }),
};

const WAYS: Readonly<Record<Scenario['way'], Partial<Behaviour>>> = {
  rollout: { policy: 'step-down', rolloutLadder: [5] },
  payload: { policy: 'tune', ladder: [RISKY, SAFE] },
  off: { policy: 'kill' },
};

interface Play {
  readonly flag: string;
  readonly way: Scenario['way'];
  readonly lines: JournalEntry[];
  /** Called when the line is written that comes before the call to the flag server. */
  readonly onIntent: () => void;
}

function startController({ port }: People, { flag, way, lines, onIntent }: Play): Controller {
  const shared = { name: flag, service: 'checkout', flag, environment: ENVIRONMENT, mode: 'act', slos: [SLO.name] };
  const behaviours = [{ ...shared, ...WAYS[way] } as Behaviour];
  const journal = {
    async append(line: JournalEntry) {
      lines.push(line);
      if (line.intent !== '') onIntent();
    },
    read: async () => [...lines],
  };
  const rest = { slos: [SLO], source: BAD, clock: Date.now, log: quiet, intervalMs: INTERVAL_MS };
  return createController({ behaviours, port, journal, ...rest });
}

/** The newest event when the controller took the flag in hand; null where it has not. */
function armedIn(lines: readonly JournalEntry[]): number | null {
  const confirmed = lines.find(({ state }) => state === 'CONFIRMED');
  if (confirmed === undefined) return null;
  return (JSON.parse(confirmed.evidence) as { state: FlagState }).state.armedEventId;
}

async function playControlledRound(people: People, scenario: Scenario, random: Random): Promise<ControlledRound> {
  const race = await people.newFlag();
  const lines: JournalEntry[] = [];
  const deadline = performance.now() + LONGEST_MS;
  const about = Promise.withResolvers<void>();
  const play = { flag: race.flag, way: scenario.way, lines, onIntent: about.resolve };
  await using controller = startController(people, play);
  controller.start();
  if (random() < 0.5) await about.promise.then(() => sleep(random() * WRITING_MS));
  else await sleep(random() * ANY_MS);
  await scenario.person(race, random);
  await sleep(AFTER_MS);
  const stands = async () => meets(await race.values(), scenario.wants);
  const armed = armedIn(lines) ?? Number.POSITIVE_INFINITY;
  const since = (await race.events()).filter(({ id }) => id > armed);
  const inHand = since.some(({ createdByUserId }) => createdByUserId !== people.botId);
  while (inHand && !(await stands()) && performance.now() < deadline) await sleep(INTERVAL_MS);
  const events = (await race.events()).filter(({ id }) => id > armed);
  return {
    scenario: scenario.name,
    inHand,
    overwritten: isOverwritten(events, people.botId, scenario.wants),
    yielded: controller.states()[0]?.state === 'YIELDED',
    stands: await stands(),
  };
}

/** So many rounds at a time, each with a controller of its own: one alone would wait for the flag server most of the time. */
const AT_ONCE = 4;

export async function playControlledRounds(
  people: People,
  scenarios: readonly Scenario[],
  count: number,
  random: Random,
): Promise<ControlledRound[]> {
  const rounds: ControlledRound[] = [];
  for (let done = 0; done < count; done += AT_ONCE) {
    const group = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, index) => {
      const scenario = scenarios[(done + index) % scenarios.length];
      return scenario === undefined ? [] : [playControlledRound(people, scenario, random)];
    });
    rounds.push(...(await Promise.all(group.flat())));
  }
  return rounds;
}
