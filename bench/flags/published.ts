/** How long it takes from a kill until applications are given it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../analysis/statistics/random.ts';
import { ENVIRONMENT, type People } from './people.ts';

const ASK_EVERY_MS = 10;
/** The server publishes once a second: the kills fall anywhere in it. */
const PERIOD_MS = 1_000;

/** Milliseconds, one a kill: from the call to the answer that has it. */
export async function killsUntilPublished(people: People, kills: number, random: Random): Promise<number[]> {
  const { port } = people;
  const { flag, person } = await people.newFlag();
  const durationsMs: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    await person.turn('on');
    await sleep(PERIOD_MS + random() * PERIOD_MS);
    const { newestEventId } = await port.snapshot(flag, ENVIRONMENT);
    const startMs = performance.now();
    await port.disable(flag, ENVIRONMENT);
    const event = (await port.changesSince(flag, ENVIRONMENT, newestEventId)).at(-1);
    while ((await port.published(event?.id ?? Number.POSITIVE_INFINITY)) !== true) await sleep(ASK_EVERY_MS);
    durationsMs.push(performance.now() - startMs);
  }
  return durationsMs;
}
