/** Tells how soon the flag server had the change: reads journal and spans through Hinge's API. */
import type { JournalEntry, Upgrade } from '../model.ts';
import type { HingeProcess } from './hinge-process.ts';
import type { Narrator } from './narrator.ts';
import { deedIn, firstBreach, type SecondOfEvents } from './reaction.ts';

interface Items<Item> {
  readonly items: readonly Item[];
}

/** Says nothing where it was not a burn rate that was acted on. */
export async function tellReaction({ get }: Pick<HingeProcess, 'get'>, narrator: Narrator): Promise<void> {
  const deed = deedIn((await get<Items<JournalEntry>>('/api/v1/journal')).items);
  const [upgrade] = (await get<Items<Upgrade>>('/api/v1/upgrades')).items;
  if (deed === null || upgrade === undefined) return;
  const { startedMs } = upgrade;
  const range = { startMs: startedMs - Math.max(...deed.rules.map(({ longMs }) => longMs)), endMs: deed.acceptedMs };
  const path = `/api/v1/slos/${encodeURIComponent(deed.slo)}/events?startMs=${range.startMs}&endMs=${range.endMs}`;
  const breachedMs = firstBreach((await get<Items<SecondOfEvents>>(path)).items, deed, startedMs);
  if (breachedMs === null) return;
  const seconds = ((deed.acceptedMs - breachedMs) / 1_000).toFixed(1);
  narrator.say(`first breaching sample of "${deed.slo}" to acceptance by Unleash: ${seconds} s`);
}
