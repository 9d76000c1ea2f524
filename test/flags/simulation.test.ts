/**
 * The controller in a world that is out to get it: real controllers, and on virtual time a flag server that loses answers and
 * applies calls late, telemetry that lies or is silent, a journal that fails, people who edit, hold, approve and stop,
 * processes that die at any call, and two of them with one lease. The promises P8, P9 and P10 of docs/reliability.md hold in
 * all of it. `npm run bench:simulate` runs as many schedules as wanted; `--seed` replays one.
 */
import { describe, expect, it } from 'vitest';
import { runSchedule } from './simulation/schedule.ts';

const SCHEDULES = 500;

describe('over any schedule', () => {
  it('no promise is broken, and every state and kind of change is met', { timeout: 120_000 }, async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const outcome = await runSchedule(seed);
      expect(outcome.broken, `npm run bench:simulate -- --seed ${seed}`).toEqual([]);
      for (const what of outcome.seen.keys()) seen.add(what);
    }
    const states = [
      ...['OBSERVE', 'SUSPECT', 'CONFIRMED', 'AWAIT_APPROVAL', 'TUNE', 'STEP_DOWN', 'KILL', 'VERIFY_PUBLISHED'],
      ...['VERIFY_RECOVERY', 'HOLD', 'HANDED_BACK', 'EXHAUSTED', 'RESTORE', 'YIELDED', 'BLOCKED'],
    ];
    expect([...seen]).toEqual(expect.arrayContaining(states));
    expect([...seen]).toEqual(
      expect.arrayContaining(['payload', 'rollout', 'disable', 'enable', 'person', 'crashed', 'lease']),
    );
  });

  it('the same seed tells the same story', async () => {
    for (const seed of [3, 4, 5]) {
      const [one, other] = [await runSchedule(seed), await runSchedule(seed)];
      expect(one.story()).toBe(other.story());
      expect(one.story()).not.toBe('');
    }
  });
});
