/** Those who write to the flags of the bench: a bot through the port, a person through the server's API, and an onlooker. */
import { createAdmin, type UnleashServer } from '../../demo/unleash-server/setup.ts';
import type { FlagPort } from '../../flags/port.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import type { Log } from '../../model.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const ENVIRONMENT = 'production';
export const RISKY = '{"baseMs":5}';

/** What the flag hands out. */
export interface FlagValues {
  readonly enabled: boolean;
  readonly rollout: string;
  readonly payload: string;
}

/** As the server logs it. */
export interface LoggedEvent {
  readonly id: number;
  readonly createdByUserId: number;
  readonly type: string;
  readonly data: { parameters?: { rollout: string }; variants?: { payload?: { value: string } }[] } | null;
}

export interface RaceFlag {
  readonly flag: string;
  readonly strategyId: string;
  /** Without a guard, as people do. */
  readonly person: {
    replace(path: string, value: unknown): Promise<unknown>;
    turn(to: 'on' | 'off'): Promise<unknown>;
  };
  /** As the server has it now. */
  values(): Promise<FlagValues>;
  /** Oldest first. */
  events(): Promise<readonly LoggedEvent[]>;
}

export interface People {
  readonly port: FlagPort;
  readonly botId: number;
  newFlag(): Promise<RaceFlag>;
}

export async function createPeople(server: UnleashServer): Promise<People> {
  const admin = createAdmin(server);
  const bot = await admin.user('hinge-bot', 'Editor');
  const person = createAdmin({ url: server.url, adminToken: (await admin.user('person', 'Editor')).token });
  const { url, backendToken } = server;
  const port = createUnleash({ url, token: bot.token, backendToken, log: quiet });
  let made = 0;

  async function newFlag(): Promise<RaceFlag> {
    made += 1;
    const flag = `race.${made}`;
    const variants = [{ name: 'v2', weight: 1000, payload: RISKY }];
    await admin.flag({ flag, strategies: [{ rollout: 100, stickiness: 'hostname', variants }] });
    const place = `/api/admin/projects/default/features/${flag}/environments/${ENVIRONMENT}`;
    const strategyId = (await port.snapshot(flag, ENVIRONMENT)).strategies[0]?.id ?? '';
    return {
      flag,
      strategyId,
      person: {
        replace: (path, value) =>
          person.call('PATCH', `${place}/strategies/${strategyId}`, [{ op: 'replace', path, value }]),
        turn: (to) => person.call('POST', `${place}/${to}`),
      },
      async values() {
        const { enabled, strategies } = (await admin.call('GET', place)) as {
          enabled: boolean;
          strategies: LoggedEvent['data'][];
        };
        const [strategy] = strategies;
        return {
          enabled,
          rollout: strategy?.parameters?.rollout ?? '',
          payload: strategy?.variants?.[0]?.payload?.value ?? '',
        };
      },
      async events() {
        const { events } = (await admin.call('GET', `/api/admin/search/events?feature=IS:${flag}&limit=50`)) as {
          events: LoggedEvent[];
        };
        return events.toSorted((a, b) => a.id - b.id);
      },
    };
  }

  return { port, botId: bot.userId, newFlag };
}
