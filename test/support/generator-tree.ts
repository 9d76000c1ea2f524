/** Seeded requests through a tree of services with a known fault: the cells and self times that a store would seal. */

import { createRandom, type Random } from '../../analysis/random.ts';
import type { ArmData } from '../../analysis/settings.ts';
import type { Cell, SelfTimeCell } from '../../model.ts';
import { histogramOf, logDuration, normalDraw, START_MS } from './generator.ts';

export interface ServiceTruth {
  readonly name: string;
  /** Median of its own time for one call, ms. */
  readonly selfMs: number;
  readonly calls?: readonly string[];
  /** Sends no telemetry of its own: its time stands on the edge. */
  readonly external?: boolean;
}

/** What is wrong in the candidate. */
export type Fault =
  | { readonly kind: 'none' }
  /** Own time of a service times 1 + size. */
  | { readonly kind: 'self'; readonly service: string; readonly size: number }
  /** Own time of a service times 1 + size in 5 % of its calls. */
  | { readonly kind: 'tail'; readonly service: string; readonly size: number }
  /** Every call into or out of a service takes longer by this many milliseconds. */
  | { readonly kind: 'network'; readonly service: string; readonly delayMs: number }
  /** Own time of every service times 1 + size. */
  | { readonly kind: 'environment'; readonly size: number }
  /** A service fails this share of its calls. */
  | { readonly kind: 'errors'; readonly service: string; readonly share: number }
  /** A caller repeats calls to a callee too fast: this share of calls needs up to three more attempts, each after a wait. */
  | {
      readonly kind: 'backoff';
      readonly service: string;
      readonly callee: string;
      readonly share: number;
      readonly waitMs: number;
    };

export interface TreeTruth {
  readonly seed: number;
  readonly services: readonly ServiceTruth[];
  readonly fault: Fault;
  readonly requests?: number;
  readonly slots?: number;
  readonly instances?: number;
  readonly slotMs?: number;
  readonly instanceSd?: number;
}

/** Gateway -> checkout -> (pricing, inventory, payments); payments belongs to somebody else. */
export const SHOP: readonly ServiceTruth[] = [
  { name: 'gateway', selfMs: 4, calls: ['checkout', 'catalog'] },
  { name: 'catalog', selfMs: 8 },
  { name: 'checkout', selfMs: 10, calls: ['pricing', 'inventory', 'payments'] },
  { name: 'pricing', selfMs: 6 },
  { name: 'inventory', selfMs: 7 },
  { name: 'payments', selfMs: 25, external: true },
];

interface Sample {
  readonly service: string;
  readonly kind: 'SERVER' | 'CLIENT';
  readonly peer: string;
  readonly instance: string;
  readonly slotMs: number;
  readonly ns: number;
  readonly failed: boolean;
  readonly retry: boolean;
}

interface Piece {
  readonly unit: string;
  readonly instance: string;
  ns: number;
  spans: number;
}

interface World {
  readonly truth: TreeTruth;
  readonly fault: Fault;
  readonly arm: string;
  readonly random: Random;
  readonly levels: ReadonlyMap<string, number>;
  readonly samples: Sample[];
}

export function generateTree(truth: TreeTruth): { baseline: ArmData; candidate: ArmData } {
  const random = createRandom(truth.seed);
  return {
    baseline: generateArm(truth, 'v1', { kind: 'none' }, START_MS, random),
    candidate: generateArm(truth, 'v2', truth.fault, START_MS + 3_600_000, random),
  };
}

function generateArm(truth: TreeTruth, arm: string, fault: Fault, startMs: number, random: Random): ArmData {
  const { requests = 2_000, slots = 12, slotMs = 5_000, instances = 3, instanceSd = 0.02 } = truth;
  const levels = new Map(
    truth.services.flatMap(({ name }) =>
      Array.from({ length: instances }, (_, index) => [`${name}-${index}`, normalDraw(random) * instanceSd] as const),
    ),
  );
  const world: World = { truth, fault, arm, random, levels, samples: [] };
  const traces = Array.from({ length: requests }, (_, index) => {
    const slot = startMs + Math.floor((index * slots) / requests) * slotMs;
    const pieces = new Map<string, Piece>();
    const root = truth.services[0];
    if (root !== undefined) serve(world, root, slot, pieces);
    return { slot, pieces };
  });
  return {
    range: { startMs, endMs: startMs + slots * slotMs },
    slotMs,
    cells: cellsOf(world),
    selfTimes: traces.length > 0 ? selfTimesOf(world, traces) : [],
  };
}

/** One call of a service and of all that it calls, in sequence. Returns how long it took and whether it failed. */
function serve(
  world: World,
  service: ServiceTruth,
  slot: number,
  pieces: Map<string, Piece>,
): { ns: number; failed: boolean } {
  const instances = world.truth.instances ?? 3;
  const instance = `${service.name}-${Math.floor(world.random() * instances)}`;
  let own = ownNs(world, service, instance);
  let below = 0;
  let failed =
    world.fault.kind === 'errors' && world.fault.service === service.name && world.random() < world.fault.share;
  for (const name of service.calls ?? []) {
    const call = attemptAll(world, { caller: service.name, instance, callee: name, slot }, pieces);
    below += call.ns;
    own += call.waitNs;
    failed ||= call.failed;
  }
  if (!service.external) {
    add(pieces, service.name, instance, own);
    world.samples.push({
      service: service.name,
      kind: 'SERVER',
      peer: '',
      instance,
      slotMs: slot,
      ns: own + below,
      failed,
      retry: false,
    });
  }
  return { ns: own + below, failed };
}

interface Call {
  readonly caller: string;
  readonly instance: string;
  readonly callee: string;
  readonly slot: number;
}

function attemptAll(world: World, call: Call, pieces: Map<string, Piece>) {
  const { fault, random } = world;
  const throttled = fault.kind === 'backoff' && fault.service === call.caller && fault.callee === call.callee;
  const refusals = throttled && random() < fault.share ? 1 + Math.floor(random() * 3) : 0;
  let ns = 0;
  let waitNs = 0;
  for (let attempt = 0; attempt < refusals; attempt++) {
    ns += client(world, call, pieces, { ns: 2e6, failed: true }, attempt > 0);
    waitNs += (fault.kind === 'backoff' ? fault.waitMs : 0) * 1e6 * (0.5 + random());
  }
  const callee = world.truth.services.find(({ name }) => name === call.callee);
  if (callee === undefined) throw new Error(`no service ${call.callee}`);
  const served = serve(world, callee, call.slot, pieces);
  ns += client(world, call, pieces, served, refusals > 0, callee.external ? served.ns : 0);
  return { ns, waitNs, failed: served.failed };
}

/** The CLIENT span around one attempt. `unseenNs`: time in a callee that sends no spans, which stands on the edge. */
function client(
  world: World,
  { caller, callee, instance, slot }: Call,
  pieces: Map<string, Piece>,
  answer: { readonly ns: number; readonly failed: boolean },
  retry: boolean,
  unseenNs = 0,
): number {
  const { fault, random } = world;
  const touched = fault.kind === 'network' && (fault.service === caller || fault.service === callee);
  const wireNs = (0.4 + 0.2 * random() + (touched ? fault.delayMs : 0)) * 1e6;
  add(pieces, `${caller}->${callee}`, instance, wireNs + unseenNs);
  const ns = wireNs + answer.ns;
  world.samples.push({
    service: caller,
    kind: 'CLIENT',
    peer: callee,
    instance,
    slotMs: slot,
    ns,
    failed: answer.failed,
    retry,
  });
  return ns;
}

function ownNs({ fault, random, levels }: World, { name, selfMs }: ServiceTruth, instance: string): number {
  const hit =
    fault.kind === 'environment' ||
    ((fault.kind === 'self' || fault.kind === 'tail') &&
      fault.service === name &&
      (fault.kind === 'self' || random() < 0.05));
  const factor = hit && 'size' in fault ? 1 + fault.size : 1;
  return selfMs * 1e6 * factor * Math.exp(logDuration(random()) + (levels.get(instance) ?? 0));
}

function add(pieces: Map<string, Piece>, unit: string, instance: string, ns: number): void {
  const piece = pieces.get(unit);
  if (piece === undefined) {
    pieces.set(unit, { unit, instance, ns, spans: 1 });
  } else {
    piece.ns += ns;
    piece.spans += 1;
  }
}

function cellsOf({ samples, arm }: World): Cell[] {
  const groups = Map.groupBy(samples, ({ service, kind, peer, instance, slotMs }) =>
    [service, kind, peer, instance, slotMs].join(),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { service, kind, peer, instance, slotMs } = first;
    const retries = group.filter(({ retry }) => retry).length;
    return [
      {
        ...{ service, kind, peer, instance, slotMs, build: `${service}-${arm}`, variant: '' },
        endpoint: kind === 'SERVER' ? `POST /${service}` : 'POST',
        calls: group.length,
        errors: group.filter(({ failed }) => failed).length,
        retries,
        logicalCalls: group.length - retries,
        durations: histogramOf(group.filter(({ failed }) => !failed).map(({ ns }) => ns)),
        retryGaps: histogramOf([]),
      },
    ];
  });
}

function selfTimesOf(
  { truth, arm }: World,
  traces: readonly { slot: number; pieces: Map<string, Piece> }[],
): SelfTimeCell[] {
  const root = truth.services[0]?.name ?? '';
  const all = traces.flatMap(({ slot, pieces }) => [...pieces.values()].map((piece) => ({ ...piece, slot })));
  const groups = Map.groupBy(all, ({ unit, instance, slot }) => [unit, instance, slot].join());
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const service = first.unit.split('->')[0] ?? first.unit;
    return [
      {
        rootService: root,
        rootEndpoint: `POST /${root}`,
        unit: first.unit,
        build: `${service}-${arm}`,
        variant: '',
        instance: first.instance,
        slotMs: first.slot,
        requests: group.length,
        spans: group.reduce((sum, { spans }) => sum + spans, 0),
        selfTimes: histogramOf(group.map(({ ns }) => ns)),
      },
    ];
  });
}
