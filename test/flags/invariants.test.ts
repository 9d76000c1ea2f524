/** What holds for the controller over any history: people, faults, faulty networks and time in any order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../flags/behaviour.ts';
import type { Change } from '../../flags/change.ts';
import { rearmed } from '../../flags/people.ts';
import type { FlagEvent } from '../../flags/port.ts';
import type { Readings } from '../../flags/readings.ts';
import { type FlagState, INITIAL } from '../../flags/state.ts';
import { refused, step } from '../../flags/step.ts';
import {
  BURNING,
  HEALTHY,
  known,
  LADDER,
  MINUTE,
  NOW,
  policy,
  readings,
  recovered,
  snapshot,
  upgrade,
} from './fixtures.ts';

fc.configureGlobal({ seed: 20_261_120 });

type Network = 'up' | 'down' | 'answer-lost' | 'refuses-writes';

type Act =
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'signal'; readonly bad: boolean }
  | { readonly act: 'data'; readonly ageMs: number | null }
  | { readonly act: 'network'; readonly network: Network }
  | { readonly act: 'person'; readonly enable: boolean }
  | { readonly act: 'rearm' }
  | { readonly act: 'upgrade'; readonly id: string }
  | { readonly act: 'restart' };

interface Applied {
  readonly atMs: number;
  readonly change: Change;
  readonly readings: Readings;
}

/** A flag server of the smallest kind, and the controller's loop around the pure step. */
function createWorld(policyInForce: Policy) {
  let nowMs = NOW;
  let state: FlagState = { ...INITIAL, sinceMs: NOW };
  let enabled = true;
  let rung = 0;
  let bad = false;
  let dataAgeMs: number | null = 1_000;
  let network: Network = 'up';
  let upgradeId = 'u1';
  const events: FlagEvent[] = [];
  const applied: Applied[] = [];
  const attempts: Applied[] = [];
  let people = 0;

  const addEvent = (ours: boolean) =>
    events.push({ id: 11 + events.length, type: 'e', atMs: nowMs, actor: ours ? 'bot' : 'ada', ours });

  function read(): Readings {
    const strategy = {
      id: 's1',
      name: 'x',
      enabled: true,
      rollout: '100',
      variants: [{ name: 'v2', payload: LADDER[rung] ?? '' }],
    };
    const newestEventId = 10 + events.length;
    const changes = events.filter(({ id }) => state.armedEventId !== null && id > state.armedEventId);
    const flag: Readings['flag'] =
      network === 'down'
        ? { kind: 'blocked', line: 'away' }
        : {
            ...known(changes),
            kind: 'known',
            changes,
            snapshot: snapshot({ enabled, strategies: [strategy], newestEventId }),
          };
    return readings({
      newestDataMs: dataAgeMs === null ? null : nowMs - dataAgeMs,
      slos: state.phase === 'VERIFY_RECOVERY' ? recovered(bad ? 0.3 : 0.001) : bad ? BURNING : HEALTHY,
      exposure: { exposed: enabled ? 3 : 0, instances: 3 },
      evidence: upgrade({ upgradeId }),
      flag,
      published: true,
    });
  }

  function write(change: Change, grounds: Readings): void {
    attempts.push({ atMs: nowMs, change, readings: grounds });
    if (network === 'refuses-writes') state = refused(state, '403', nowMs, policyInForce);
    if (network === 'refuses-writes' || network === 'down') return;
    const before = { enabled, rung };
    if (change.kind === 'disable') enabled = false;
    else if (change.kind === 'payload' && LADDER[rung] === change.from) rung = LADDER.indexOf(change.to);
    if (enabled === before.enabled && rung === before.rung) return;
    addEvent(true);
    applied.push({ atMs: nowMs, change, readings: grounds });
    // The answer is lost and the server cannot be read for a while: the outcome is unknown.
    if (network === 'answer-lost') network = 'down';
  }

  function look(): void {
    for (let round = 0; round < 8; round++) {
      const before = state;
      const grounds = read();
      const decision = step(before, grounds, nowMs, policyInForce);
      state = decision.state;
      for (const change of decision.intents) write(change, grounds);
      if (state.phase === before.phase && decision.intents.length === 0) return;
    }
    throw new Error('the step does not come to rest');
  }

  function actAsPerson(enable: boolean): void {
    if (enabled === enable) return;
    enabled = enable;
    addEvent(false);
    people += 1;
  }

  function perform(act: Act): void {
    switch (act.act) {
      case 'wait':
        nowMs += act.ms;
        return;
      case 'signal':
        bad = act.bad;
        return;
      case 'data':
        dataAgeMs = act.ageMs;
        return;
      case 'network':
        network = act.network;
        return;
      case 'person':
        actAsPerson(act.enable);
        return;
      case 'rearm':
        state = rearmed(state, nowMs);
        return;
      case 'upgrade':
        upgradeId = act.id;
        return;
      case 'restart':
        state = JSON.parse(JSON.stringify(state)) as FlagState;
    }
  }

  return {
    look,
    perform,
    applied,
    attempts,
    get state() {
      return state;
    },
    get network() {
      return network;
    },
    get people() {
      return people;
    },
  };
}

const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      ms: fc.constantFrom(1_000, 5_000, MINUTE, 11 * MINUTE, 31 * MINUTE),
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('signal' as const), bad: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('data' as const),
      ageMs: fc.constantFrom(null, 1_000, 10 * MINUTE, -5 * MINUTE),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('network' as const),
      network: fc.constantFrom<Network[]>('up', 'down', 'answer-lost', 'refuses-writes'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('person' as const), enable: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('rearm' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('upgrade' as const), id: fc.constantFrom('u1', 'u2', 'u3') }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('restart' as const) }) },
);

const histories = fc.array(acts, { minLength: 5, maxLength: 60 });

type World = ReturnType<typeof createWorld>;

function play(
  history: readonly Act[],
  policyInForce: Policy,
  afterEach: (world: World, act: Act, before: FlagState) => void,
): World {
  const world = createWorld(policyInForce);
  for (const act of history) {
    world.perform(act);
    const before = world.state;
    world.look();
    afterEach(world, act, before);
  }
  return world;
}

const property = (check: (history: readonly Act[]) => void) =>
  fc.assert(fc.property(histories, check), { numRuns: 2_000 });

/** Follows a history and knows from when until when a person has the last word. */
function createReferee(inHand: ReadonlySet<string>) {
  let won = false;
  let people = 0;
  let attempts = 0;
  let attemptsBefore = 0;
  return {
    attemptsBefore: () => attemptsBefore,
    hasWon(world: World, act: Act, before: FlagState): boolean {
      won = act.act !== 'rearm' && (won || (world.people > people && inHand.has(before.phase)));
      people = world.people;
      attemptsBefore = attempts;
      attempts = world.attempts.length;
      return won;
    },
  };
}

describe('over any history', () => {
  it('the generator reaches every state and makes changes of both kinds: the properties below are about something', () => {
    const phases = new Set<string>();
    const kinds = new Set<string>();
    property((history) => {
      const world = play(history, policy({ ladder: LADDER }), ({ state }) => phases.add(state.phase));
      for (const { change } of world.applied) kinds.add(change.kind);
    });
    const expected = ['OBSERVE', 'CONFIRMED', 'VERIFY_RECOVERY', 'HOLD', 'YIELDED', 'BLOCKED', 'EXHAUSTED'];
    expect([...phases]).toEqual(expect.arrayContaining(expected));
    expect([...kinds].sort()).toEqual(['disable', 'payload']);
  });

  it('P8: no attempt at a change without fresh data, a breach, an upgrade and a readable flag', () => {
    property((history) => {
      for (const { atMs, readings: grounds } of play(history, policy({ ladder: LADDER }), () => {}).attempts) {
        const age = atMs - (grounds.newestDataMs ?? Number.NEGATIVE_INFINITY);
        expect(age).toBeLessThanOrEqual(2 * MINUTE);
        expect(age).toBeGreaterThanOrEqual(-MINUTE);
        expect(grounds.slos).toEqual(BURNING);
        expect(grounds.flag.kind).toBe('known');
      }
    });
  });

  it('P9: one change of the flag within a cool-down', () => {
    property((history) => {
      const { applied } = play(history, policy({ ladder: LADDER }), () => {});
      for (const [index, { atMs }] of applied.entries()) {
        const previous = applied[index - 1];
        if (previous) expect(atMs - previous.atMs).toBeGreaterThanOrEqual(30 * MINUTE);
      }
    });
  });

  it('P9: only ever down: the flag off, or the next rung', () => {
    property((history) => {
      for (const { change } of play(history, policy({ ladder: LADDER }), () => {}).applied) {
        if (change.kind === 'payload') expect(LADDER.indexOf(change.to)).toBe(LADDER.indexOf(change.from) + 1);
      }
    });
  });

  it('P10: a person who acts on a flag that Hinge has in hand wins, until the flag is re-armed', () => {
    const inHand = new Set(['CONFIRMED', 'KILL', 'TUNE', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY', 'HOLD', 'YIELDED']);
    property((history) => {
      const person = createReferee(inHand);
      play(history, policy({ ladder: LADDER }), (world, act, before) => {
        if (!person.hasWon(world, act, before)) return;
        expect(world.attempts).toHaveLength(person.attemptsBefore());
        if (world.network !== 'down') expect(world.state.phase).toBe('YIELDED');
      });
    });
  });

  it.each(['dry-run', 'observe'] as const)('mode %s never writes', (mode) => {
    property((history) => {
      expect(play(history, policy({ mode, ladder: LADDER }), () => {}).attempts).toEqual([]);
    });
  });
});
