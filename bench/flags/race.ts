/** One round: a person and the bot write the same flag at about the same time; the log and the flag itself tell who was heard. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../analysis/statistics/random.ts';
import { HingeError } from '../../errors.ts';
import { putBack } from '../../flags/put-back.ts';
import { ENVIRONMENT, type FlagValues, type LoggedEvent, type People, type RaceFlag, RISKY } from './people.ts';

export interface Scenario {
  readonly name: string;
  /** What the bot changes. */
  readonly way: 'rollout' | 'payload' | 'off';
  /** What the person changes, one write after the other. */
  readonly person: (flag: RaceFlag, random: Random) => Promise<void>;
  /** What the person wants in the end. */
  readonly wants: Partial<FlagValues>;
}

export interface Round {
  readonly scenario: string;
  /** What the bot did: saw the person in time, met its guard, or wrote. */
  readonly outcome: 'yielded' | 'conflict' | 'wrote';
  /** The person's write is the later one. */
  readonly personLast: boolean;
  /** By the log: after the bot's write, the person's earlier word did not stand. */
  readonly overwritten: boolean;
  /** The bot knew of the person in the end. */
  readonly detected: boolean;
  /** In the end the flag is as the person wanted it. */
  readonly stands: boolean;
}

export const SAFE = '{"baseMs":500}';
const THEIRS = '{"baseMs":77}';
/** The bot has looked; person and bot start within this time. */
const SPREAD_MS = 50;

function writeOnce({ port }: People, { flag, strategyId }: RaceFlag, way: Scenario['way']): Promise<void> {
  if (way === 'off') return port.disable(flag, ENVIRONMENT);
  if (way === 'rollout') return port.setRollout(flag, ENVIRONMENT, strategyId, '100', '5');
  return port.setPayload(flag, ENVIRONMENT, { strategyId, variant: 0 }, RISKY, SAFE);
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'rollout / rollout',
    person: async ({ person }) => void (await person.replace('/parameters/rollout', '50')),
    wants: { rollout: '50' },
    way: 'rollout',
  },
  {
    name: 'rollout twice / rollout',
    async person({ person }, random) {
      await person.replace('/parameters/rollout', '50');
      await sleep(random() * SPREAD_MS);
      await person.replace('/parameters/rollout', '60');
    },
    wants: { rollout: '60' },
    way: 'rollout',
  },
  {
    name: 'rollout / payload',
    person: async ({ person }) => void (await person.replace('/parameters/rollout', '50')),
    wants: { rollout: '50' },
    way: 'payload',
  },
  {
    name: 'payload / payload',
    person: async ({ person }) => void (await person.replace('/variants/0/payload/value', THEIRS)),
    wants: { payload: THEIRS },
    way: 'payload',
  },
  {
    name: 'off and on / off',
    async person({ person }) {
      await person.turn('off');
      await person.turn('on');
    },
    wants: { enabled: true },
    way: 'off',
  },
  {
    name: 'rollout / off',
    person: async ({ person }) => void (await person.replace('/parameters/rollout', '50')),
    wants: { rollout: '50' },
    way: 'off',
  },
];

export const meets = (values: Partial<FlagValues>, wanted: Partial<FlagValues>): boolean =>
  Object.entries(wanted).every(([key, value]) => (values as Record<string, unknown>)[key] === value);

/** The controller's way to write: the newest event first, then the guarded write, then the events read back. */
async function write(
  people: People,
  race: RaceFlag,
  scenario: Scenario,
  since: number,
): Promise<Pick<Round, 'outcome' | 'detected'>> {
  const { port } = people;
  const before = await port.changesSince(race.flag, ENVIRONMENT, since);
  if (before.some(({ ours }) => !ours)) return { outcome: 'yielded', detected: true };
  let outcome: Round['outcome'] = 'wrote';
  try {
    await writeOnce(people, race, scenario.way);
  } catch (thrown) {
    if (!(thrown instanceof HingeError) || thrown.code !== 'FLAGS_CONFLICT') throw thrown;
    outcome = 'conflict';
  }
  const { kind } = await putBack(port, race.flag, ENVIRONMENT, since);
  return { outcome, detected: kind !== 'alone' };
}

/** What the flag was after the event, as far as the event tells. */
function valuesAfter({ type, data }: LoggedEvent): Partial<FlagValues> {
  if (type === 'feature-environment-enabled') return { enabled: true };
  if (type === 'feature-environment-disabled') return { enabled: false };
  const { rollout } = data?.parameters ?? {};
  const payload = data?.variants?.[0]?.payload?.value;
  return { ...(rollout === undefined ? {} : { rollout }), ...(payload === undefined ? {} : { payload }) };
}

/** By the log alone, without the port: whether a write of the bot replaced what the person had set before it. */
export function isOverwritten(events: readonly LoggedEvent[], botId: number, wants: Partial<FlagValues>): boolean {
  const [key] = Object.keys(wants) as (keyof FlagValues)[];
  if (key === undefined) return false;
  let theirs: unknown;
  for (const event of events) {
    const value = valuesAfter(event)[key];
    if (value === undefined) continue;
    if (event.createdByUserId === botId && theirs !== undefined && value !== theirs) return true;
    if (event.createdByUserId !== botId) theirs = value;
  }
  return false;
}

export async function playRound(people: People, scenario: Scenario, random: Random): Promise<Round> {
  const race = await people.newFlag();
  const { newestEventId } = await people.port.snapshot(race.flag, ENVIRONMENT);
  const bot = sleep(random() * SPREAD_MS).then(() => write(people, race, scenario, newestEventId));
  const person = sleep(random() * SPREAD_MS).then(() => scenario.person(race, random));
  const [done] = await Promise.all([bot, person]);
  const events = (await race.events()).filter(({ id }) => id > newestEventId);
  return {
    scenario: scenario.name,
    ...done,
    personLast: events.at(-1)?.createdByUserId !== people.botId && done.outcome === 'wrote',
    overwritten: isOverwritten(events, people.botId, scenario.wants),
    stands: meets(await race.values(), scenario.wants),
  };
}
