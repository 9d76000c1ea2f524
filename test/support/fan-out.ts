/** Seeded calls of one service to others with a known truth: how many for each request, of two kinds of requests. */

import type { ArmData } from '../../analysis/input/settings.ts';
import { createRandom, type Random } from '../../analysis/statistics/random.ts';
import type { Cell, SelfTimeCell, SpanKind } from '../../model.ts';
import { histogramOf, normalDraw, SLOT_MS, START_MS } from './generator.ts';

/** Calls for each request: once, at times (a share of requests), or one for each of many items (geometric, with this mean). */
type Often = { readonly kind: 'once' } | { readonly kind: 'some' | 'items'; readonly mean: number };

export interface FanOutTruth {
  readonly seed: number;
  /** Requests in an arm, spread evenly over slots and instances. */
  readonly requests?: number;
  readonly slots?: number;
  readonly instances?: number;
  readonly paired?: boolean;
  /** Standard deviation of the instances' effects, and of each slot's, on the log of the mean number of items. */
  readonly instanceSd?: number;
  readonly drift?: { readonly sd: number; readonly correlation: number };
  /** Part of the requests that are purchases: the rest only look. */
  readonly purchases?: { readonly baseline: number; readonly candidate: number };
  /** Part of the candidate's requests that are answered early, before the first call to this callee, and without an error. */
  readonly early?: { readonly share: number; readonly before: string };
  /** The candidate calls this callee so many times as often. */
  readonly more?: { readonly callee: string; readonly times: number };
  /** The callee's spans, or the spans of the calls to it, are lost in the candidate. */
  readonly lost?: { readonly callee: string; readonly spans: 'CLIENT' | 'SERVER' };
  /** The callee does one operation for a call in the candidate, where it did three. */
  readonly cutShort?: string;
  /** Calls that name no peer, which every callee makes for each call that it answers. */
  readonly queries?: { readonly baseline: number; readonly candidate: number };
  /** Each instance makes this many calls in a minute that belong to no request and name no peer. */
  readonly polls?: number;
}

const LOOK: readonly (readonly [string, Often])[] = [
  ['catalog', { kind: 'items', mean: 3 }],
  ['ads', { kind: 'some', mean: 0.6 }],
];
const PURCHASE: readonly (readonly [string, Often])[] = [
  ['cart', { kind: 'once' }],
  ['catalog', { kind: 'items', mean: 2 }],
  ['payment', { kind: 'once' }],
  ['email', { kind: 'some', mean: 0.9 }],
];

/** Spans of a callee for each call that it answers. */
const OPERATIONS = 3;

export const CALLEES: readonly string[] = ['ads', 'cart', 'catalog', 'email', 'payment'];

/** Both arms of the service `shop`, which answers `GET /look` and `POST /purchase`. */
export function generateFanOut(truth: FanOutTruth): { baseline: ArmData; candidate: ArmData } {
  const random = createRandom(truth.seed);
  const { instances = 6, instanceSd = 0.05 } = truth;
  const effects = Array.from({ length: instances }, () => normalDraw(random) * instanceSd);
  const fresh = truth.paired ? effects : effects.map(() => normalDraw(random) * instanceSd);
  return { baseline: armOf('baseline', truth, effects, random), candidate: armOf('candidate', truth, fresh, random) };
}

type Arm = 'baseline' | 'candidate';
type Place = Pick<Cell, 'build' | 'instance' | 'slotMs'>;
type Root = Pick<SelfTimeCell, 'rootService' | 'rootEndpoint' | 'variant' | 'build' | 'instance' | 'slotMs'>;

interface Part {
  readonly cells: readonly Cell[];
  readonly selfTimes: readonly SelfTimeCell[];
}

function armOf(arm: Arm, truth: FanOutTruth, effects: readonly number[], random: Random): ArmData {
  const { requests = 2_000, slots = 12 } = truth;
  const startMs = arm === 'baseline' ? START_MS : START_MS + 2 * slots * SLOT_MS;
  const levels = driftOf(truth, slots, random);
  const each = requests / slots / effects.length;
  const parts = effects.flatMap((effect, index) =>
    levels.map((level, slot) => {
      const instance = truth.paired ? `shop-${index}` : `shop-${arm}-${index}`;
      const place = { build: arm === 'baseline' ? 'v1' : 'v2', instance, slotMs: startMs + slot * SLOT_MS };
      return serve(arm, truth, place, { scale: Math.exp(effect + level), requests: wholePart(each, random) }, random);
    }),
  );
  return {
    range: { startMs, endMs: startMs + slots * SLOT_MS },
    slotMs: SLOT_MS,
    cells: parts.flatMap(({ cells }) => cells),
    selfTimes: parts.flatMap(({ selfTimes }) => selfTimes),
  };
}

/** `each`, rounded up or down so that it is met on average. */
const wholePart = (each: number, random: Random) => Math.floor(each) + (random() < each - Math.floor(each) ? 1 : 0);

function driftOf({ drift }: FanOutTruth, slots: number, random: Random): number[] {
  let value = (drift?.sd ?? 0) * normalDraw(random);
  return Array.from({ length: slots }, () => {
    const { sd, correlation } = drift ?? { sd: 0, correlation: 0 };
    value = correlation * value + sd * Math.sqrt(1 - correlation ** 2) * normalDraw(random);
    return value;
  });
}

/** The requests that one instance answers in one slot. */
function serve(
  arm: Arm,
  truth: FanOutTruth,
  place: Place,
  { scale, requests }: { readonly scale: number; readonly requests: number },
  random: Random,
): Part {
  const bought = Array.from({ length: requests }).filter(() => random() < (truth.purchases?.[arm] ?? 0.3)).length;
  const parts = [
    { rootEndpoint: 'GET /look', count: requests - bought, plan: LOOK },
    { rootEndpoint: 'POST /purchase', count: bought, plan: PURCHASE },
  ].flatMap(({ rootEndpoint, count, plan }) => {
    const root = { rootService: 'shop', rootEndpoint, variant: '', ...place };
    const made = callsMade(arm, truth, plan, scale, count, random);
    const own = {
      cells: [cellOf(place, 'SERVER', rootEndpoint, '', count)],
      selfTimes: [selfTimeOf(root, 'shop', count, count)],
    };
    return [own, ...[...made].map(([callee, calls]) => called(arm, truth, root, callee, calls, count))];
  });
  const polls = truth.polls === undefined ? [] : [cellOf(place, 'CLIENT', 'poll', '', truth.polls)];
  return {
    cells: [...parts.flatMap(({ cells }) => cells), ...polls].filter(({ calls }) => calls > 0),
    selfTimes: parts.flatMap(({ selfTimes }) => selfTimes).filter(({ spans }) => spans > 0),
  };
}

/** Calls to one callee as both ends show them, less what is lost. */
function called(arm: Arm, truth: FanOutTruth, root: Root, callee: string, calls: number, count: number): Part {
  const lost = arm === 'candidate' && truth.lost?.callee === callee ? truth.lost.spans : '';
  const there = { ...root, instance: `${callee}-0` };
  const operations = arm === 'candidate' && truth.cutShort === callee ? 1 : OPERATIONS;
  const requests = Math.min(count, calls);
  const answers = [
    { ...cellOf(there, 'SERVER', `${callee}/Do`, '', calls), service: callee },
    { ...cellOf(there, 'CLIENT', 'SELECT', '', calls * (truth.queries?.[arm] ?? 0)), service: callee },
  ];
  const call = cellOf(root, 'CLIENT', `${callee}/Do`, lost === 'SERVER' ? '' : callee, calls);
  return {
    cells: [...(lost === 'CLIENT' ? [] : [call]), ...(lost === 'SERVER' ? [] : answers)],
    selfTimes: [
      ...(lost === '' ? [selfTimeOf(root, `shop->${callee}`, requests, calls)] : []),
      ...(lost === 'SERVER' ? [] : [selfTimeOf(there, callee, requests, operations * calls)]),
    ],
  };
}

function callsMade(
  arm: Arm,
  { early, more }: FanOutTruth,
  plan: typeof LOOK,
  scale: number,
  requests: number,
  random: Random,
): Map<string, number> {
  const made = new Map<string, number>();
  for (let request = 0; request < requests; request++) {
    const isEarly = arm === 'candidate' && early !== undefined && random() < early.share;
    for (const [callee, often] of plan) {
      if (isEarly && callee === early?.before) break;
      const times = arm === 'candidate' && more?.callee === callee ? more.times : 1;
      made.set(callee, (made.get(callee) ?? 0) + times * draw(often, scale, random));
    }
  }
  return made;
}

function draw(often: Often, scale: number, random: Random): number {
  if (often.kind === 'once') return 1;
  if (often.kind === 'some') return random() < often.mean ? 1 : 0;
  const mean = often.mean * scale;
  return Math.floor(Math.log(Math.max(1e-12, random())) / Math.log(mean / (1 + mean)));
}

function cellOf(
  { build, instance, slotMs }: Place,
  kind: SpanKind,
  endpoint: string,
  peer: string,
  calls: number,
): Cell {
  const none = histogramOf([]);
  const durations = { buckets: [1500], counts: [calls] };
  return {
    ...{ service: 'shop', endpoint, kind, peer, variant: '', build, instance, slotMs },
    ...{ calls, errors: 0, retries: 0, logicalCalls: calls, durations, retryGaps: none },
  };
}

function selfTimeOf(root: Root, unit: string, requests: number, spans: number): SelfTimeCell {
  return { ...root, unit, requests, spans, selfTimes: { buckets: [1500], counts: [requests] } };
}
