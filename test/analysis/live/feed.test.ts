/** The live test fed from cells: what counts, and that it does not matter how the slots arrive. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../analysis/input/settings.ts';
import { feed, type LiveFeed, startFeed } from '../../../analysis/live/feed.ts';
import type { Cell } from '../../../model.ts';
import { type EndpointTruth, generateArms, SLOT_MS } from '../../support/generator.ts';

const WARMUP_MS = SLOT_MS;
const SLOTS = 20;

/** An hour before by the old build; then old and new serve the same minutes. */
function releaseOf(truth: Omit<EndpointTruth, 'seed'>, seed = 3) {
  const common = { slots: SLOTS, calls: 20 * SLOTS * 100, errorRate: { baseline: 0.002, candidate: 0.002 } };
  const before = generateArms({ ...common, seed }).baseline;
  const { baseline, candidate } = generateArms({ ...common, ...truth, seed: seed + 1 });
  const startMs = before.range.endMs;
  const from = (cells: readonly Cell[], rangeMs: number) =>
    cells.map((cell) => ({ ...cell, slotMs: cell.slotMs - rangeMs + startMs }));
  const since = [...from(baseline.cells, baseline.range.startMs), ...from(candidate.cells, candidate.range.startMs)];
  return { before: before.cells, since, startMs, endMs: startMs + SLOTS * SLOT_MS };
}

type Release = ReturnType<typeof releaseOf>;

const begin = ({ before, startMs }: Pick<Release, 'before' | 'startMs'>): LiveFeed =>
  startFeed({ caseId: 'upgrade-7', startMs, before, settings: DEFAULT_SETTINGS });

const atOnce = (release: Release): LiveFeed =>
  feed(begin(release), { cells: release.since, slotMs: SLOT_MS, untilMs: release.endMs }, WARMUP_MS);

function slotBySlot(release: Release, between: (state: LiveFeed) => LiveFeed): LiveFeed {
  let state = begin(release);
  for (let untilMs = release.startMs + SLOT_MS; untilMs <= release.endMs; untilMs += SLOT_MS) {
    state = between(feed(state, { cells: release.since, slotMs: SLOT_MS, untilMs }, WARMUP_MS));
  }
  return state;
}

const SLOWER = { effect: { kind: 'scale', size: 0.6 } } as const;

describe('a candidate that is 60 % slower, beside the old build', () => {
  const release = releaseOf(SLOWER);

  it('is acted on', () => {
    const { decision } = atOnce(release).live;
    expect(decision.kind).toBe('act');
    expect(decision.evidence[0]).toMatchObject({ key: { endpoint: 'POST /checkout' }, missing: [] });
  });

  it('the same slots give the same state: at once, one by one, in another order, through JSON', () => {
    const whole = atOnce(release);
    expect(slotBySlot(release, (state) => state)).toEqual(whole);
    expect(slotBySlot(release, (state) => JSON.parse(JSON.stringify(state)))).toEqual(whole);
    expect(atOnce({ ...release, since: release.since.toReversed() })).toEqual(whole);
  });

  it('slots that are in, and slots that are not complete, change nothing', () => {
    const whole = atOnce(release);
    const again = { cells: release.since, slotMs: SLOT_MS, untilMs: release.startMs + SLOT_MS };
    expect(feed(whole, again, WARMUP_MS)).toEqual(whole);
    expect(feed(begin(release), { ...again, untilMs: release.startMs }, WARMUP_MS)).toEqual(begin(release));
  });
});

describe('what is compared', () => {
  const release = releaseOf(SLOWER);
  const countsOf = ({ sums }: LiveFeed) => {
    const errors = sums.find(({ id }) => id.includes('errors'));
    const callsOf = (arm: 'baseline' | 'candidate') =>
      (errors?.[arm] ?? []).reduce((total, { exposure }) => total + exposure, 0);
    return { baseline: callsOf('baseline'), candidate: callsOf('candidate') };
  };
  const CALLS = 20 * SLOTS * 100;
  const changing = (change: (cell: Cell) => Cell | null) => ({
    ...release,
    since: release.since.flatMap((cell) => change(cell) ?? []),
  });
  const isNew = ({ build }: Cell) => build === 'v2';

  it('all minutes but the first, in which new processes warm up', () => {
    const calls = (CALLS * (SLOTS - 1)) / SLOTS;
    expect(countsOf(atOnce(release))).toEqual({ baseline: calls, candidate: calls });
  });

  it('minutes in which old and new both serve, and no others', () => {
    const half = release.startMs + (SLOTS / 2) * SLOT_MS;
    const replaced = changing((cell) => (isNew(cell) || cell.slotMs < half ? cell : null));
    const calls = (CALLS * (SLOTS / 2 - 1)) / SLOTS;
    expect(countsOf(atOnce(replaced))).toEqual({ baseline: calls, candidate: calls });
  });

  it.each([
    ['the new build alone', changing((cell) => (isNew(cell) ? cell : null))],
    ['builds that served before', changing((cell) => ({ ...cell, build: 'v1' }))],
    ['builds without a name', changing((cell) => ({ ...cell, build: '' }))],
  ])('nothing where there is %s', (_, alone) => {
    expect(atOnce(alone)).toMatchObject({ sums: [], live: { decision: { kind: 'wait' } } });
  });

  it('flag variants, where one build serves both', () => {
    const variantOf = (cell: Cell) => (isNew(cell) ? 'retry=fast' : 'retry=disabled');
    const before = release.before.map((cell) => ({ ...cell, variant: 'retry=disabled' }));
    const flagged = changing((cell) => ({ ...cell, build: 'v1', variant: variantOf(cell) }));
    // The instances are of a build that ran before, but new: they warm up as well.
    expect(countsOf(atOnce({ ...flagged, before }))).toEqual(countsOf(atOnce(release)));
  });
});
