/** Unleash's event log of one flag in one environment: who changed what, and what it did. */
import type { Effect, FlagEvent } from '../port.ts';
import { type EventAnswer, eventsAnswer } from './answers.ts';
import type { UnleashRequest } from './http.ts';

/** Those that change nothing of what a flag does, and one that the server itself makes as flags age. */
const HARMLESS = new Set([
  'feature-favorited',
  'feature-unfavorited',
  'feature-tagged',
  'feature-untagged',
  'feature-link-added',
  'feature-link-updated',
  'feature-link-removed',
  'feature-potentially-stale-on',
]);

const PAGE = 100;
const MOST_PAGES = 20;

function concerns(event: EventAnswer, flag: string, environment: string): boolean {
  if (event.featureName !== flag || HARMLESS.has(event.type)) return false;
  return event.environment === environment || event.environment === null;
}

/**
 * Events of the flag that concern the environment and are newer than `sinceId`, newest first; the server cannot filter by id.
 * With null: at least the newest.
 */
export async function eventsOf(
  request: UnleashRequest,
  flag: string,
  environment: string,
  sinceId: number | null,
): Promise<EventAnswer[]> {
  // By id: an event made while we turn the pages moves those before it to the next page.
  const found = new Map<number, EventAnswer>();
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = `feature=IS:${encodeURIComponent(flag)}&limit=${PAGE}&offset=${page * PAGE}`;
    const { events } = eventsAnswer(await request('GET', `/api/admin/search/events?${query}`));
    for (const event of events) {
      if (event.id > (sinceId ?? 0) && concerns(event, flag, environment)) found.set(event.id, event);
    }
    const oldest = events.at(-1);
    const enough = sinceId === null ? found.size > 0 : (oldest?.id ?? 0) <= sinceId;
    if (enough || events.length < PAGE) break;
  }
  return [...found.values()];
}

/** The events of turning on and off carry no data: their type is all there is. */
function effectOf({ type, data, preData }: EventAnswer): Effect | undefined {
  if (type === 'feature-environment-enabled') return { kind: 'enabled', enabled: true };
  if (type === 'feature-environment-disabled') return { kind: 'enabled', enabled: false };
  if (type !== 'feature-strategy-update' || typeof data?.id !== 'string' || preData == null) return undefined;
  return { kind: 'strategy', strategyId: data.id, before: preData, after: data };
}

/** @param userId under which our changes are logged */
export function flagEvent(event: EventAnswer, userId: number | null): FlagEvent {
  const { id, type, createdAt, createdBy, createdByUserId } = event;
  const effect = effectOf(event);
  return {
    id,
    type,
    atMs: Date.parse(createdAt),
    actor: createdBy,
    ours: userId !== null && createdByUserId === userId,
    ...(effect === undefined ? {} : { effect }),
  };
}
