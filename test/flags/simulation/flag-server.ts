/** A flag server on virtual time: an event log, ids given before the commit, guards that are not atomic, answers that get lost. */
import { isDeepStrictEqual } from 'node:util';
import { HingeError } from '../../../errors.ts';
import type { Change } from '../../../flags/change.ts';
import type { Effect, FlagEvent, FlagSnapshot } from '../../../flags/port.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

export interface Settings {
  readonly rollout: string;
  readonly payload: string;
}

export interface ServerFlag {
  readonly name: string;
  readonly environment: string;
  enabled: boolean;
  settings: Settings;
  tags: string[];
  readonly events: CommittedEvent[];
}

/** What a write of ours or of a person set; kept beside the event for the referee. */
export interface CommittedEvent extends FlagEvent {
  readonly effect: Effect;
  readonly change: Change;
}

export type Network = 'up' | 'flaky' | 'down' | 'refusing';
type Fate = 'fine' | 'lost' | 'late' | 'unavailable' | 'refused';

const TIMEOUT_MS = 5_000;
/** A write that timed out may be applied this much later. */
const MOST_LATE_MS = 90_000;
const COMMIT_MS = 30;

export interface FlagServer {
  network: Network;
  flag(name: string): ServerFlag;
  /** Reads at the moment of the call. */
  newestEventId(name: string): number;
  snapshot(name: string, newestEventId: number): FlagSnapshot;
  changesSince(name: string, eventId: number): readonly CommittedEvent[];
  fateOfRead(): 'fine' | 'unavailable';
  /** A call under way: `answer` is called once, later, and not when the answer is lost for good. */
  write(name: string, change: Change, actor: string, answer: (fault: HingeError | null) => void): void;
  /** Straight in the console: heard at once. */
  byPerson(name: string, change: Change, actor: string): void;
}

const settingsOf = (settings: Settings) => ({ ...settings });

export function createFlagServer(
  flags: readonly ServerFlag[],
  time: Time,
  random: Random,
  onCommit: (flag: ServerFlag, event: CommittedEvent) => void,
): FlagServer {
  let lastId = 100;
  /** By row: until when a commit under way keeps others waiting. */
  const lockedUntilMs = new Map<string, number>();
  const byName = new Map(flags.map((flag) => [flag.name, flag]));

  function flagOf(name: string): ServerFlag {
    const found = byName.get(name);
    if (found === undefined) throw new HingeError('FLAGS_REFUSED', `no flag ${name}`);
    return found;
  }

  function commit(flag: ServerFlag, effect: Effect, change: Change, actor: string): void {
    // Who writes the same row waits for the lock. The id is given then; state and event show up together, a little later.
    const row = `${flag.name}/${effect.kind}`;
    const lockedMs = Math.max(0, (lockedUntilMs.get(row) ?? 0) - time.now());
    const commitMs = random.int(1, COMMIT_MS);
    lockedUntilMs.set(row, time.now() + lockedMs + commitMs);
    let id = 0;
    time.after(lockedMs, () => {
      lastId += 1;
      id = lastId;
    });
    time.after(lockedMs + commitMs, () => {
      if (effect.kind === 'enabled') flag.enabled = effect.enabled;
      else flag.settings = effect.after as unknown as Settings;
      const event = { id, type: 'e', atMs: time.now(), actor, ours: actor === 'hinge-bot', effect, change };
      flag.events.push(event);
      flag.events.sort((a, b) => a.id - b.id);
      onCommit(flag, event);
    });
  }

  function setEnabled(flag: ServerFlag, enabled: boolean, change: Change, actor: string): null {
    if (flag.enabled !== enabled) commit(flag, { kind: 'enabled', enabled }, change, actor);
    return null;
  }

  function patch(flag: ServerFlag, from: Partial<Settings>, to: Partial<Settings>, change: Change, actor: string) {
    const before = settingsOf(flag.settings);
    const isAsThought = Object.entries(from).every(([key, value]) => before[key as keyof Settings] === value);
    if (!isAsThought) return new HingeError('FLAGS_CONFLICT', 'somebody was first');
    // The strategy is written back whole, as it was read.
    const after = { ...before, ...to };
    if (isDeepStrictEqual(before, after)) return null;
    commit(flag, { kind: 'strategy', strategyId: 's1', before: { ...before }, after }, change, actor);
    return null;
  }

  function arrive(name: string, change: Change, actor: string): HingeError | null {
    const flag = flagOf(name);
    switch (change.kind) {
      case 'disable':
      case 'enable':
        return setEnabled(flag, change.kind === 'enable', change, actor);
      case 'payload':
        return patch(flag, { payload: change.from }, { payload: change.to }, change, actor);
      case 'rollout':
        return patch(flag, { rollout: change.from }, { rollout: change.to }, change, actor);
      case 'undo': {
        const { undo } = change;
        if (undo.kind === 'enabled') return setEnabled(flag, undo.enabled, change, actor);
        return patch(flag, undo.from as Partial<Settings>, undo.to as Partial<Settings>, change, actor);
      }
    }
  }

  const FATES: Readonly<Record<Network, readonly (readonly [number, Fate])[]>> = {
    up: [[1, 'fine']],
    flaky: [
      [5, 'fine'],
      [3, 'lost'],
      [3, 'late'],
      [2, 'unavailable'],
      [1, 'refused'],
    ],
    down: [
      [3, 'unavailable'],
      [1, 'late'],
    ],
    refusing: [[1, 'refused']],
  };

  function write(name: string, change: Change, actor: string, answer: (fault: HingeError | null) => void): void {
    const fate = random.weighted(FATES[server.network]);
    const away = new HingeError('FLAGS_UNAVAILABLE', 'no answer', { retryable: true });
    const wayMs = random.int(1, 40);
    if (fate === 'unavailable' || fate === 'refused') {
      const fault = fate === 'refused' ? new HingeError('FLAGS_REFUSED', '403') : away;
      time.after(wayMs, () => answer(fault));
    } else if (fate === 'fine') {
      time.after(wayMs, () => {
        const fault = arrive(name, change, actor);
        time.after(COMMIT_MS + random.int(1, 20), () => answer(fault));
      });
    } else {
      time.after(fate === 'late' ? random.int(0, MOST_LATE_MS) : wayMs, () => void arrive(name, change, actor));
      time.after(TIMEOUT_MS, () => answer(away));
    }
  }

  /** Now and then a person is at the same flag in the same moment. */
  function duel(name: string): void {
    if (!random.chance(0.06)) return;
    time.after(random.int(0, 120), () => {
      const kind = flagOf(name).enabled === random.chance(0.7) ? 'disable' : 'enable';
      const { settings } = flagOf(name);
      const rollout = { kind: 'rollout', strategyId: 's1', from: settings.rollout, to: '90' } as const;
      void arrive(name, random.chance(0.6) ? { kind } : rollout, 'ada');
    });
  }

  const server: FlagServer = {
    network: 'up',
    flag: flagOf,
    newestEventId: (name) => flagOf(name).events.at(-1)?.id ?? 0,
    snapshot(name, newestEventId) {
      const { environment, enabled, settings, tags } = flagOf(name);
      const { rollout, payload } = settings;
      const strategy = {
        id: 's1',
        name: 'flexibleRollout',
        enabled: true,
        rollout,
        variants: [{ name: 'v2', payload }],
      };
      return {
        ...{ flag: name, environment, enabled, archived: false, strategies: [strategy], newestEventId },
        tags: [...tags],
        newestActor: null,
      };
    },
    changesSince: (name, eventId) => flagOf(name).events.filter(({ id }) => id > eventId),
    fateOfRead: () =>
      server.network === 'down' || (server.network === 'flaky' && random.chance(0.1)) ? 'unavailable' : 'fine',
    write(name, change, actor, answer) {
      duel(name);
      write(name, change, actor, answer);
    },
    byPerson: (name, change, actor) => void arrive(name, change, actor),
  };
  return server;
}
