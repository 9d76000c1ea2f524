/** Unleash over its admin API: reads a flag, turns it down under a guard, reads back who changed what. */
import { HingeError } from '../errors.ts';
import type { Log } from '../model.ts';
import type { FlagEvent, FlagPort, FlagSnapshot, Identity } from './port.ts';
import {
  type EnvironmentAnswer,
  type EventsAnswer,
  eventsAnswer,
  featureAnswer,
  revisionOf,
  strategiesOf,
  tagsOf,
  userOf,
} from './unleash-answers.ts';
import { createRequest, type UnleashRequest } from './unleash-http.ts';

export interface UnleashOptions {
  readonly url: string;
  /** A personal access token of a bot user of its own (root role Editor; Viewer is enough to observe). */
  readonly token: string;
  /** A backend token of the environment, to see when a change is published. */
  readonly backendToken?: string;
  /** @default 'default' */
  readonly project?: string;
  /** @default 5000 */
  readonly timeoutMs?: number;
  readonly log: Log;
}

/** Those that change nothing of what a flag does. */
const HARMLESS = new Set([
  'feature-favorited',
  'feature-unfavorited',
  'feature-tagged',
  'feature-untagged',
  'feature-link-added',
  'feature-link-updated',
  'feature-link-removed',
]);

const PAGE = 100;
const MOST_PAGES = 20;

const refusal = (line: string): HingeError => new HingeError('FLAGS_REFUSED', line);

/** Unleash's own rule for names of flags; it also keeps a name from being a path or a query. */
function checked(name: string, what: string): string {
  if (/^[\w.~-]+$/.test(name) && !/^\.+$/.test(name)) return name;
  throw refusal(`"${name}" is not a name of ${what} in Unleash; correct it in the configuration`);
}

type Events = EventsAnswer['events'];

function concerns(event: Events[number], flag: string, environment: string): boolean {
  if (event.featureName !== flag || HARMLESS.has(event.type)) return false;
  return event.environment === environment || event.environment === null;
}

/**
 * Events of the flag that concern the environment and are newer than `sinceId`, newest first; the server cannot filter by id.
 * With null: at least the newest.
 */
async function eventsOf(
  request: UnleashRequest,
  flag: string,
  environment: string,
  sinceId: number | null,
): Promise<Events> {
  const found: Events = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = `feature=IS:${encodeURIComponent(flag)}&limit=${PAGE}&offset=${page * PAGE}`;
    const { events } = eventsAnswer(await request('GET', `/api/admin/search/events?${query}`));
    found.push(...events.filter((event) => event.id > (sinceId ?? 0) && concerns(event, flag, environment)));
    const oldest = events.at(-1);
    const enough = sinceId === null ? found.length > 0 : (oldest?.id ?? 0) <= sinceId;
    if (enough || events.length < PAGE) break;
  }
  return found;
}

/** An archived flag is not found as a flag, while its environments answer as if it lived. */
async function featureOrNull(request: UnleashRequest, path: string, environment: string): Promise<unknown | null> {
  try {
    return await request('GET', path);
  } catch (thrown) {
    if (!(thrown instanceof HingeError) || !thrown.message.startsWith('Unleash answered 404')) throw thrown;
    await request('GET', `${path}/environments/${environment}`);
    return null;
  }
}

export function createUnleash(options: UnleashOptions): FlagPort {
  const { url, token, backendToken, project = 'default', timeoutMs = 5_000, log } = options;
  const request = createRequest({ url, token, timeoutMs });
  const asSdk = backendToken === undefined ? null : createRequest({ url, token: backendToken, timeoutMs });
  const feature = (flag: string): string =>
    `/api/admin/projects/${checked(project, 'a project')}/features/${checked(flag, 'a flag')}`;
  const place = (flag: string, environment: string): string =>
    `${feature(flag)}/environments/${checked(environment, 'an environment')}`;
  let identity: Promise<Identity> | undefined;

  function whoAmI(): Promise<Identity> {
    identity ??= request('GET', '/api/admin/user').then(userOf);
    // A refusal now says nothing about later.
    identity.catch(() => {
      identity = undefined;
    });
    return identity;
  }

  async function environmentOf(flag: string, environment: string): Promise<EnvironmentAnswer | null> {
    const answer = await featureOrNull(request, feature(flag), checked(environment, 'an environment'));
    if (answer === null) return null;
    const found = featureAnswer(answer).environments.find(({ name }) => name === environment);
    if (found !== undefined) return found;
    throw refusal(`Unleash has no environment "${environment}" for flag "${flag}"; correct it in the configuration`);
  }

  async function snapshot(flag: string, environment: string): Promise<FlagSnapshot> {
    place(flag, environment);
    const [newest] = await eventsOf(request, flag, environment, null);
    const found = await environmentOf(flag, environment);
    const tags = found === null ? [] : tagsOf(await request('GET', `/api/admin/features/${flag}/tags`));
    const known = { flag, environment, tags, newestEventId: newest?.id ?? 0, newestActor: newest?.createdBy ?? null };
    if (found === null) return { ...known, enabled: false, archived: true, strategies: [] };
    return { ...known, enabled: found.enabled, archived: false, strategies: strategiesOf(found) };
  }

  async function changesSince(flag: string, environment: string, eventId: number): Promise<readonly FlagEvent[]> {
    feature(flag);
    const { userId } = await whoAmI();
    const events = await eventsOf(request, flag, environment, eventId);
    return events
      .map(({ id, type, createdAt, createdBy, createdByUserId }) => ({
        id,
        type,
        atMs: Date.parse(createdAt),
        actor: createdBy,
        ours: userId !== null && createdByUserId === userId,
      }))
      .sort((a, b) => a.id - b.id);
  }

  /** RFC 6902: `test` guards against a change made meanwhile; the server does not make it atomic, the event log tells. */
  async function patch(strategy: string, pointer: string, from: string, to: string): Promise<void> {
    await request('PATCH', strategy, [
      { op: 'test', path: pointer, value: from },
      { op: 'replace', path: pointer, value: to },
    ]);
    log.info({ strategy, pointer, from, to }, 'changed a strategy in Unleash');
  }

  const strategyPath = (flag: string, environment: string, id: string): string =>
    `${place(flag, environment)}/strategies/${checked(id, 'a strategy')}`;

  return {
    whoAmI,
    snapshot,
    changesSince,
    setRollout(flag, environment, strategyId, from, to) {
      // The server takes any text: "abc" means 0 and "500" means 100.
      if (!/^(100|\d{1,2})$/.test(to)) throw refusal(`"${to}" is not a percentage from 0 to 100`);
      return patch(strategyPath(flag, environment, strategyId), '/parameters/rollout', from, to);
    },
    setPayload(flag, environment, { strategyId, variant }, from, to) {
      return patch(strategyPath(flag, environment, strategyId), `/variants/${variant}/payload/value`, from, to);
    },
    async disable(flag, environment) {
      await request('POST', `${place(flag, environment)}/off`);
      log.info({ flag, environment }, 'turned a flag off in Unleash');
    },
    async enable(flag, environment) {
      const found = await environmentOf(flag, environment);
      if (found === null) throw refusal(`${flag} is archived in Unleash: revive it before it is turned on`);
      // The server would add a strategy of its own, on for everybody.
      if (!strategiesOf(found).some(({ enabled }) => enabled)) {
        throw refusal(`${flag} has no enabled strategy in ${environment}: turned on, it would be on for everybody`);
      }
      await request('POST', `${place(flag, environment)}/on`);
      log.info({ flag, environment }, 'turned a flag on in Unleash');
    },
    async published(eventId) {
      return asSdk === null ? null : revisionOf(await asSdk('GET', '/api/client/features')) >= eventId;
    },
  };
}
