/** What no part of the configuration can know alone: names that refer to each other, doors that others reach. Pure. */

import { mayWrite } from '../flags/behaviour.ts';
import type { BehaviourSettings } from './behaviour.ts';
import type { Problem } from './ladder.ts';
import type { SloSettings } from './slo.ts';

/** The parts that refer to each other. */
export interface Parts {
  readonly insecure: boolean;
  readonly collector: { readonly host: string; readonly enabled: boolean; readonly tls?: object | undefined };
  readonly api: { readonly host: string };
  readonly tokens: readonly object[];
  readonly unleash?: object | undefined;
  readonly flagd?: { readonly environment: string } | undefined;
  readonly slos: readonly SloSettings[];
  readonly behaviours: readonly BehaviourSettings[];
  readonly notices: readonly { readonly url: string }[];
}

/** Addresses that only this machine reaches. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

function openDoors({ insecure, tokens, collector, api }: Parts): Problem[] {
  const tls = collector.tls as { clientCaFile?: string } | undefined;
  const isClosed = !collector.enabled || tls?.clientCaFile !== undefined;
  const doors = [...(isClosed ? [] : [['collector', collector.host] as const]), ['api', api.host] as const];
  if (insecure || tokens.length > 0) return [];
  return doors
    .filter(([, host]) => !LOOPBACK.test(host))
    .map(([room, host]) => ({
      path: [room, 'host'],
      message: `${host} lets everybody in who can reach it: define tokens (hinge token prints one), keep 127.0.0.1 behind a proxy, or set insecure: true`,
    }));
}

/** The second of two that say the same. */
function twice(section: string, key: string, said: readonly (readonly string[])[], what: string): Problem[] {
  const first = new Map<string, number>();
  return said.flatMap((words, index) => {
    const other = words.map((word) => first.get(word)).find((at) => at !== undefined);
    for (const word of words) first.set(word, first.get(word) ?? index);
    return other === undefined ? [] : [{ path: [section, index, key], message: `${what} ${section}.${other}` }];
  });
}

function sloNames({ slos, behaviours }: Parts): Problem[] {
  const known = new Set(slos.map(({ name }) => name));
  return behaviours.flatMap((each, index) =>
    each.slos.flatMap((name, position) =>
      known.has(name)
        ? []
        : [
            {
              path: ['behaviours', index, 'slos', position],
              message: `names the SLO "${name}", which slos does not define`,
            },
          ],
    ),
  );
}

/** At worst all calls are bad: the budget then burns 1 / (1 - objective) times too fast, and never faster. */
function unreachable({ slos, behaviours }: Parts): Problem[] {
  const objectives = new Map(slos.map(({ name, objective }) => [name, objective]));
  return behaviours.flatMap(({ slos: names, burn }, index) => {
    const rates = (burn ?? []).map(({ rate }) => rate);
    return names.flatMap((name, position) => {
      const fastest = 1 / (1 - (objectives.get(name) ?? 1));
      if (rates.length === 0 || rates.some((rate) => rate <= fastest)) return [];
      const message = `"${name}" can burn ${Number(fastest.toPrecision(3))} times too fast at most, which no rule of burn is reached by; lower a rate`;
      return [{ path: ['behaviours', index, 'slos', position], message }];
    });
  });
}

function actsOnNothing({ unleash, flagd, behaviours }: Parts): Problem[] {
  if (unleash !== undefined || flagd !== undefined) return [];
  const message = (mode: string) => `${mode} needs a flag server: set unleash.url and unleash.token, or flagd.file`;
  return behaviours.flatMap(({ mode }, index) =>
    mayWrite(mode) ? [{ path: ['behaviours', index, 'mode'], message: message(mode) }] : [],
  );
}

function twoFlagServers({ unleash, flagd }: Parts): Problem[] {
  if (unleash === undefined || flagd === undefined) return [];
  return [{ path: ['flagd'], message: 'there is unleash as well: Hinge turns the flags of one server' }];
}

/** A definition file is of one environment. */
function otherEnvironments({ flagd, behaviours }: Parts): Problem[] {
  if (flagd === undefined) return [];
  return behaviours.flatMap(({ environments }, index) =>
    environments.flatMap((environment, position) =>
      environment === flagd.environment
        ? []
        : [
            {
              path: ['behaviours', index, 'environments', position],
              message: `flagd.file is of the environment "${flagd.environment}", not of "${environment}"`,
            },
          ],
    ),
  );
}

/** In the order in which they are worth telling. */
export function problemsAcross(parts: Parts): Problem[] {
  const { slos, behaviours, notices } = parts;
  const names = (each: readonly { readonly name: string }[]) => each.map(({ name }) => [name]);
  const flags = behaviours.map(({ flag, environments }) => environments.map((environment) => `${environment}/${flag}`));
  return [
    ...openDoors(parts),
    ...twice('slos', 'name', names(slos), 'is also the name of'),
    ...twice('behaviours', 'name', names(behaviours), 'is also the name of'),
    ...twice('behaviours', 'flag', flags, 'is turned by two behaviours in one environment: this one and'),
    ...twice(
      'notices',
      'url',
      notices.map(({ url }) => [url]),
      'is also the address of',
    ),
    ...sloNames(parts),
    ...unreachable(parts),
    ...actsOnNothing(parts),
    ...twoFlagServers(parts),
    ...otherEnvironments(parts),
  ];
}
