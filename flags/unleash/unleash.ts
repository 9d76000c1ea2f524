/** Unleash over its admin API: reads a flag, turns it down under a guard, reads back who changed what. */
import { HingeError } from '../../errors.ts';
import type { Log } from '../../model.ts';
import type { FlagEvent, FlagPort, FlagSnapshot, Identity } from '../port.ts';
import { type EnvironmentAnswer, featureAnswer, revisionOf, strategiesOf, tagsOf, userOf } from './answers.ts';
import { eventsOf, flagEvent } from './events.ts';
import { createRequest, type UnleashRequest } from './http.ts';
import { type Operation, operationsOf, replace } from './patch.ts';

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

const refusal = (line: string): HingeError => new HingeError('FLAGS_REFUSED', line);

const MOST_NAME = 100;

/** Unleash's own rule for names, less the asterisk, which reads as a pattern; it also keeps a name from being a path or a query. */
function checked(name: string, what: string): string {
  const isName = encodeURIComponent(name) === name && name.length <= MOST_NAME && !/^\.{0,2}$|\*/.test(name);
  if (isName) return name;
  throw refusal(`"${name.slice(0, MOST_NAME)}" is not a name of ${what} in Unleash; correct it in the configuration`);
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
    return events.map((event) => flagEvent(event, userId)).sort((a, b) => a.id - b.id);
  }

  /** RFC 6902. PUT would wipe what it does not name. */
  async function patch(strategy: string, operations: readonly Operation[]): Promise<void> {
    await request('PATCH', strategy, operations);
    log.info({ strategy, operations }, 'changed a strategy in Unleash');
  }

  const strategyPath = (flag: string, environment: string, id: string): string =>
    `${place(flag, environment)}/strategies/${checked(id, 'a strategy')}`;

  async function disable(flag: string, environment: string): Promise<void> {
    await request('POST', `${place(flag, environment)}/off`);
    log.info({ flag, environment }, 'turned a flag off in Unleash');
  }

  async function enable(flag: string, environment: string): Promise<void> {
    const found = await environmentOf(flag, environment);
    if (found === null) throw refusal(`${flag} is archived in Unleash: revive it before it is turned on`);
    // The server would add a strategy of its own, on for everybody.
    if (!strategiesOf(found).some(({ enabled }) => enabled)) {
      throw refusal(`${flag} has no enabled strategy in ${environment}: turned on, it would be on for everybody`);
    }
    await request('POST', `${place(flag, environment)}/on`);
    log.info({ flag, environment }, 'turned a flag on in Unleash');
  }

  return {
    whoAmI,
    snapshot,
    changesSince,
    setRollout(flag, environment, strategyId, from, to) {
      // The server takes any text: "abc" means 0 and "500" means 100.
      if (!/^(100|\d{1,2})$/.test(to)) throw refusal(`"${to}" is not a percentage from 0 to 100`);
      return patch(strategyPath(flag, environment, strategyId), replace('/parameters/rollout', from, to));
    },
    setPayload(flag, environment, { strategyId, variant }, from, to) {
      const pointer = `/variants/${variant}/payload/value`;
      return patch(strategyPath(flag, environment, strategyId), replace(pointer, from, to));
    },
    disable,
    enable,
    async undo(flag, environment, undo) {
      if (undo.kind === 'enabled') return undo.enabled ? enable(flag, environment) : disable(flag, environment);
      await patch(strategyPath(flag, environment, undo.strategyId), operationsOf(undo.from, undo.to));
    },
    async published(eventId) {
      return asSdk === null ? null : revisionOf(await asSdk('GET', '/api/client/features')) >= eventId;
    },
  };
}
