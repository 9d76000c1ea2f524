/** What a rollout in steps says for and against a suspect: when each instance got slower, and how the effect grew with the share. */

import { sum } from 'simple-statistics';
import { clusterArms } from '../control/cluster.ts';
import { addUpEach } from '../statistics/counts.ts';
import { binomialAtLeast, studentQuantile, studentTwoSided } from '../statistics/distributions.ts';
import { compareRates } from '../statistics/ratio.ts';
import { change, percent, pValue } from '../words.ts';
import { type Level, levelsOf, riseOf } from './rollout-levels.ts';
import type { TimeInput } from './time.ts';

/** Sentences, to be read beside the suspect's charges. */
export interface RolloutEvidence {
  readonly support: readonly string[];
  readonly against: readonly string[];
}

const SIGNIFICANCE = 0.05;
/** An effect that lies under this part of the new build's is not the same effect. */
const MOST = 0.5;
/** An instance tells of its onset with this many slots on either build; so many instances make a pattern. */
const ONSET = { slots: 2, instances: 3 };
/** The share must vary by so much, over so many slots, to show a dose. */
const DOSE = { range: 0.3, slots: 5 };

const NOTHING: RolloutEvidence = { support: [], against: [] };

/** Nothing where the candidate does not show both builds of the service, or where its new build is not slower. */
export function rolloutEvidence(service: string, input: TimeInput): RolloutEvidence {
  const manifest = input.changed.find((build) => build.service === service);
  const levels = levelsOf(service, input, manifest);
  if (levels === null) return NOTHING;
  const rise = riseOf(levels.candidate.filter(({ isNew }) => isNew));
  if (!(rise > 0)) return NOTHING;
  const told = [
    onset(levels.candidate),
    dose(levels.candidate, rise),
    notUpgraded(
      levels.baseline,
      levels.candidate.filter(({ isNew }) => !isNew),
      rise,
    ),
  ];
  return { support: told.flatMap(({ support }) => support), against: told.flatMap(({ against }) => against) };
}

const speaksFor = (text: string): RolloutEvidence => ({ support: [text], against: [] });
const speaksAgainst = (text: string): RolloutEvidence => ({ support: [], against: [`against it: ${text}`] });

/**
 * Whether each instance got slower when its own build changed. By chance its change of level, wherever it lies, would be within a
 * slot of the upgrade in 3 of all places. Only instances that were upgraded at different times tell an upgrade from the hour.
 */
function onset(candidate: readonly Level[]): RolloutEvidence {
  const series = [...Map.groupBy(candidate, ({ instance }) => instance).values()].flatMap((own) => onsetOf(own) ?? []);
  const times = new Set(series.map(({ upgradedMs }) => upgradedMs));
  if (series.length < ONSET.instances || times.size < 2) return NOTHING;
  const aligned = series.filter((each) => each.aligned).length;
  const chance = sum(series.map((each) => each.chance)) / series.length;
  const p = binomialAtLeast(aligned, series.length, chance);
  const text = `of ${series.length} instances that were upgraded one after the other, ${aligned} got slower within a slot of their own upgrade (${percent(chance)} would by chance, ${pValue(p)})`;
  if (p <= SIGNIFICANCE) return speaksFor(text);
  return aligned < MOST * series.length ? speaksAgainst(text) : NOTHING;
}

interface Onset {
  readonly upgradedMs: number;
  readonly aligned: boolean;
  readonly chance: number;
}

/** Null unless the instance served both builds, first the old one and then the new one. */
function onsetOf(levels: readonly Level[]): Onset | null {
  const slots = levels.toSorted((one, other) => one.slotMs - other.slotMs || Number(one.isNew) - Number(other.isNew));
  const upgraded = slots.findIndex(({ isNew }) => isNew);
  const inOrder = slots.every(({ isNew }, index) => isNew === index >= upgraded);
  if (upgraded < ONSET.slots || slots.length - upgraded < ONSET.slots || !inOrder) return null;
  const { cut, rise } = changeOfLevel(slots);
  const near = [-1, 0, 1].filter((step) => upgraded + step > 0 && upgraded + step < slots.length);
  return {
    upgradedMs: slots[upgraded]?.slotMs ?? 0,
    aligned: rise > 0 && Math.abs(cut - upgraded) <= 1,
    chance: near.length / (slots.length - 1),
  };
}

/** The cut that leaves the least squares about the means of either side. */
function changeOfLevel(slots: readonly Level[]): { cut: number; rise: number } {
  const cuts = slots.slice(1).map((_, index) => {
    const [left, right] = [slots.slice(0, index + 1), slots.slice(index + 1)];
    const rise = riseOf(right) - riseOf(left);
    return { cut: index + 1, rise, between: (left.length * right.length * rise ** 2) / slots.length };
  });
  return cuts.reduce((best, each) => (each.between > best.between ? each : best), { cut: 0, rise: 0, between: -1 });
}

/** Least squares of the level of each slot on the share of its requests that the new build served. */
function dose(candidate: readonly Level[], rise: number): RolloutEvidence {
  const points = [...Map.groupBy(candidate, ({ slotMs }) => slotMs).values()].map((levels) => ({
    share: shareOnNew(levels),
    level: riseOf(levels),
  }));
  const shares = points.map(({ share }) => share);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  if (points.length < DOSE.slots || most - least < DOSE.range) return NOTHING;
  const { slope, standardError } = slopeOf(points);
  const degrees = points.length - 2;
  const p = studentTwoSided(slope / standardError, degrees);
  const span = `as the share of requests on its new build went from ${percent(least)} to ${percent(most)} over ${points.length} slots`;
  if (slope > 0 && p <= SIGNIFICANCE)
    return speaksFor(`its self time rose ${span}: ${change(Math.exp(slope))} from none to all, ${pValue(p)}`);
  const high = slope + studentQuantile(0.975, degrees) * standardError;
  if (high >= MOST * rise) return NOTHING;
  return speaksAgainst(`its self time did not rise ${span}: at most ${change(Math.exp(high))} from none to all`);
}

function shareOnNew(levels: readonly Level[]): number {
  const requests = (own: readonly Level[]) => sum(own.map((level) => level.requests));
  return requests(levels.filter(({ isNew }) => isNew)) / requests(levels);
}

function slopeOf(points: readonly { readonly share: number; readonly level: number }[]) {
  const count = points.length;
  const [x, y] = [sum(points.map(({ share }) => share)) / count, sum(points.map(({ level }) => level)) / count];
  const squares = sum(points.map(({ share }) => (share - x) ** 2));
  const slope = sum(points.map(({ share, level }) => (share - x) * (level - y))) / squares;
  const rest = sum(points.map(({ share, level }) => (level - y - slope * (share - x)) ** 2));
  return { slope, standardError: Math.sqrt(rest / (count - 2) / squares) };
}

/** Instances that still ran the old build: where they slowed down as well, something else did it. */
function notUpgraded(before: readonly Level[], still: readonly Level[], rise: number): RolloutEvidence {
  const arms = clusterArms(before, still, ({ requests }) => requests);
  const [old, now] = [arms.baseline, arms.candidate].map((clusters) =>
    clusters.map(({ members }) =>
      addUpEach(members, ({ actualNs, expectedNs }) => ({ events: actualNs, exposure: expectedNs })),
    ),
  );
  const { p, candidate, standardError, degreesOfFreedom } = compareRates(old ?? [], now ?? [], {
    paired: arms.paired,
    noise: 'none',
  });
  if (p === null) return NOTHING;
  const own = riseOf(still);
  const sizes = `${change(Math.exp(own))}, on the new build ${change(Math.exp(rise))}`;
  if (p <= SIGNIFICANCE && own >= MOST * rise)
    return speaksAgainst(`its instances still on the old build slowed down as well (${sizes}, ${pValue(p)})`);
  const high = candidate.rate + studentQuantile(0.975, degreesOfFreedom) * standardError;
  if (high >= Math.exp(MOST * rise)) return NOTHING;
  return speaksFor(`its instances still on the old build did not slow down alike (${sizes})`);
}
