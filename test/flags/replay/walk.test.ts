/** A controller on virtual time: when a policy would have acted, on telemetry that is scripted minute by minute. */
import { expect, it } from 'vitest';
import type { Behaviour } from '../../../flags/behaviour.ts';
import type { ReadingsSource } from '../../../flags/gather.ts';
import { walk } from '../../../flags/replay/walk.ts';
import { BEHAVIOUR, LADDER, MINUTE, NOW, SLO, upgrade } from '../fixtures.ts';

const RANGE = { startMs: NOW, endMs: NOW + 30 * MINUTE };
const TEN_SECONDS = 10_000;

/** Bad from a minute on; what is asked about the future is an error. */
function scripted(badFromMinute: number) {
  const time = { nowMs: 0 };
  const past = <T>(answer: (nowMs: number) => T) => {
    return async (): Promise<T> => answer(time.nowMs);
  };
  const source: ReadingsSource = {
    async eventCounts(_slo, ranges) {
      return ranges.map(({ startMs, endMs }) => {
        expect(endMs).toBeLessThanOrEqual(time.nowMs + 1);
        const badMs = Math.max(0, endMs - Math.max(startMs, NOW + badFromMinute * MINUTE));
        const total = (endMs - startMs) / 10;
        return { good: total - badMs / 20, total };
      });
    },
    variantInstances: past(() => [{ variant: 'v2', instances: 3 }]),
    newestDataMs: past((nowMs) => nowMs),
    suspects: past(() => upgrade()),
  };
  return { source, time };
}

const replay = (behaviours: readonly Behaviour[], badFromMinute: number) =>
  walk({ behaviours, slos: [SLO], ...scripted(badFromMinute), range: RANGE, intervalMs: TEN_SECONDS });

it('acts when the budget burns in all windows of a rule, and says what it would have done', async () => {
  const [deed] = await replay([{ ...BEHAVIOUR, mode: 'dry-run' }], 10);
  expect(deed?.actedMs).toBeGreaterThan(NOW + 10 * MINUTE);
  expect(deed?.actedMs).toBeLessThanOrEqual(NOW + 11 * MINUTE);
  expect(deed?.text).toMatch(/^turn checkout\.retry off, because checkout-latency burns/);
});

it('does nothing where nothing burns, and says what it saw last', async () => {
  expect(await replay([BEHAVIOUR], 60)).toMatchObject([{ actedMs: null, text: 'watching' }]);
});

it('begins at the first rung of the ladder', async () => {
  const [deed] = await replay([{ ...BEHAVIOUR, ladder: LADDER }], 5);
  expect(deed?.text).toContain(`tune checkout.retry from ${LADDER[0]} to ${LADDER[1]}`);
});

it('keeps the limits over all flags: three in breach at once are an incident', async () => {
  const flags = ['a', 'b', 'c'].map((flag) => ({ ...BEHAVIOUR, name: flag, flag }));
  const deeds = await replay(flags, 5);
  expect(deeds.map(({ actedMs }) => actedMs)).toEqual([null, null, null]);
  expect(deeds[0]?.text).toContain('incident');
});

it('the same history gives the same deeds', async () => {
  expect(await replay([BEHAVIOUR], 7)).toEqual(await replay([BEHAVIOUR], 7));
});

it('is no replay where telemetry cannot be read', async () => {
  const { source, time } = scripted(5);
  const broken = { ...source, newestDataMs: () => Promise.reject(new Error('the store is away')) };
  const walking = walk({
    behaviours: [BEHAVIOUR],
    slos: [SLO],
    source: broken,
    time,
    range: RANGE,
    intervalMs: MINUTE,
  });
  await expect(walking).rejects.toThrow('the store is away');
});
