/** A flag server for replays: every flag is on for everybody at the first rung of its ladders, until it is turned down. */
import type { Behaviour } from '../behaviour.ts';
import type { FlagEvent, FlagPort, FlagSnapshot } from '../port.ts';

const STRATEGY = 'replay';
const BOT = 'hinge';

function initial({ flag, environment, ladder = [], rolloutLadder = [] }: Behaviour): FlagSnapshot {
  const [payload] = ladder;
  const [rollout = 100] = rolloutLadder;
  const variants = payload === undefined ? [] : [{ name: 'on', payload }];
  return {
    ...{ flag, environment, enabled: true, archived: false, tags: ['simple:hinge-managed'] },
    strategies: [{ id: STRATEGY, name: 'flexibleRollout', enabled: true, rollout: String(rollout), variants }],
    ...{ newestEventId: 1, newestActor: null },
  };
}

export function createSimulatedFlags(behaviours: readonly Behaviour[], clock: () => number): FlagPort {
  const keyOf = (flag: string, environment: string) => `${environment}/${flag}`;
  const flags = new Map(behaviours.map((one) => [keyOf(one.flag, one.environment), initial(one)]));
  const events = new Map<string, FlagEvent[]>();

  function find(flag: string, environment: string): FlagSnapshot {
    const found = flags.get(keyOf(flag, environment));
    if (found === undefined) throw new Error(`the replay has no flag ${flag} in ${environment}`);
    return found;
  }

  async function change(flag: string, environment: string, type: string, with_: Partial<FlagSnapshot>): Promise<void> {
    const before = find(flag, environment);
    const key = keyOf(flag, environment);
    const id = before.newestEventId + 1;
    flags.set(key, { ...before, ...with_, newestEventId: id, newestActor: BOT });
    events.set(key, [...(events.get(key) ?? []), { id, type, atMs: clock(), actor: BOT, ours: true }]);
  }

  return {
    whoAmI: async () => ({ name: BOT, userId: 1 }),
    snapshot: async (flag, environment) => find(flag, environment),
    changesSince: async (flag, environment, eventId) =>
      (events.get(keyOf(flag, environment)) ?? []).filter(({ id }) => id > eventId),
    setRollout: async (flag, environment, _strategy, _from, rollout) => {
      const strategies = find(flag, environment).strategies.map((strategy) => ({ ...strategy, rollout }));
      await change(flag, environment, 'feature-strategy-update', { strategies });
    },
    setPayload: async (flag, environment, _place, _from, payload) => {
      const variants = [{ name: 'on', payload }];
      const strategies = find(flag, environment).strategies.map((strategy) => ({ ...strategy, variants }));
      await change(flag, environment, 'feature-strategy-update', { strategies });
    },
    disable: (flag, environment) => change(flag, environment, 'feature-environment-disabled', { enabled: false }),
    enable: (flag, environment) => change(flag, environment, 'feature-environment-enabled', { enabled: true }),
    // Nobody else changes these flags, so there is never anything to take back.
    undo: async () => {},
    published: async () => true,
  };
}
