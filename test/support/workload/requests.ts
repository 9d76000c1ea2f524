/** Seeded requests through a system: every call and attempt with its times, out of which come cells, self times and spans. */

import type { Random } from '../../../analysis/statistics/random.ts';
import { pickIndex, wholeDraw } from '../../../rehearse/draw.ts';
import { effectLog, logDuration } from '../../../rehearse/latency.ts';
import { rhythmLog } from '../../../rehearse/time.ts';
import type { Fleet, Process } from './fleet.ts';
import { waitMs } from './retries.ts';
import { type Operation, type Outgoing, type Root, retryOf, type Service } from './system.ts';

/** One call as its service saw it. Times are whole nanoseconds; starts count from the start of the arm. */
export interface Visit {
  readonly service: string;
  readonly endpoint: string;
  readonly instance: string;
  readonly build: string;
  /** Sends no spans. */
  readonly external: boolean;
  readonly startNs: number;
  readonly durationNs: number;
  /** What it took itself, waits before repeated attempts included. */
  readonly ownNs: number;
  readonly failed: boolean;
  readonly attempts: readonly Attempt[];
}

/** One attempt of a call as its caller saw it. */
export interface Attempt {
  readonly callee: string;
  readonly endpoint: string;
  /** Number of the logical call among those of the visit. */
  readonly call: number;
  readonly startNs: number;
  readonly durationNs: number;
  readonly failed: boolean;
  /** Wait since the failed attempt before; null for the first. */
  readonly gapNs: number | null;
  /** Null when the attempt was refused on the way. */
  readonly visit: Visit | null;
}

export interface World {
  readonly fleet: Fleet;
  readonly random: Random;
  readonly startMs: number;
  readonly slotMs: number;
  readonly slots: number;
  readonly dailyRise: number;
}

/** A refused attempt takes this long, and each call this long on the way, give or take a fifth. */
const REFUSAL_NS = 2e6;
const WIRE_NS = 5e5;

/** So many requests, evenly over the time of the arm but for chance within each share. */
export function drawRequests(world: World, roots: readonly Root[], requests: number): Visit[] {
  const { random, slotMs, slots } = world;
  const weights = roots.map(({ weight }) => weight);
  const lengthNs = slotMs * slots * 1e6;
  return Array.from({ length: requests }, (_, index) => {
    const startNs = Math.floor(((index + random()) / requests) * lengthNs);
    const root = roots[pickIndex(weights, random)];
    if (root === undefined) throw new RangeError('a system needs a root endpoint');
    return visit(world, root.operation, serverOf(world, root.operation.service, startNs), startNs);
  });
}

/** One call of an operation and of all that it calls, in sequence: half of its own time before them, half after. */
function visit(world: World, operation: Operation, { service, process, slot }: Server, startNs: number): Visit {
  const spentNs = Math.round(ownNs(world, operation, process, slot) / 2);
  const attempts: Attempt[] = [];
  let failed = fails(world, 1 - (1 - (service.failures ?? 0)) * (1 - process.faults.failures));
  let nowNs = startNs + spentNs;
  let waitedNs = 0;
  let number = 0;
  for (const outgoing of operation.calls) {
    const times = wholeDraw(outgoing.times * (process.faults.callFactors.get(outgoing.to.service) ?? 1), world.random);
    for (let call = 0; call < times; call++) {
      const made = callOnce(world, { service, process }, outgoing, { startNs: nowNs, call: number++ });
      attempts.push(...made.attempts);
      nowNs = made.endNs;
      waitedNs += made.waitedNs;
      failed ||= made.failed;
    }
  }
  return {
    ...{ service: service.name, endpoint: operation.endpoint, external: service.external ?? false },
    ...{ instance: process.instance, build: process.build, startNs, failed, attempts },
    ownNs: 2 * spentNs + waitedNs,
    durationNs: nowNs + spentNs - startNs,
  };
}

interface Server {
  readonly service: Service;
  readonly process: Process;
  readonly slot: number;
}

/** Any instance of the service, with the build that it runs at that time. */
function serverOf({ fleet, random, slotMs, slots }: World, name: string, startNs: number): Server {
  const served = fleet.get(name);
  const slot = Math.min(slots, Math.floor(startNs / (slotMs * 1e6)));
  const place = served?.places[Math.floor(random() * served.places.length)];
  if (served === undefined || place === undefined) throw new RangeError(`the system has no service ${name}`);
  return { service: served.service, process: slot >= place.upgradeSlot ? place.after : place.before, slot };
}

function ownNs({ random, startMs, slotMs, dailyRise }: World, { selfMs }: Operation, process: Process, slot: number) {
  const u = random();
  const noise = (process.logs[slot] ?? 0) + rhythmLog(startMs + slot * slotMs, dailyRise);
  const effects = process.faults.effects.reduce((sum, effect) => sum + effectLog(effect, u, random), 0);
  return selfMs * 1e6 * Math.exp(logDuration(u) + noise + effects);
}

const fails = ({ random }: World, share: number): boolean => share > 0 && random() < share;

interface Caller {
  readonly service: Service;
  readonly process: Process;
}

/** A logical call: attempts until one succeeds or the strategy gives up. */
function callOnce(world: World, caller: Caller, { to }: Outgoing, at: { startNs: number; call: number }) {
  const strategy = caller.process.faults.retries.get(to.service)?.strategy ?? retryOf(caller.service);
  const attempts: Attempt[] = [];
  let nowNs = at.startNs;
  let waitedNs = 0;
  let waitedMs = 0;
  for (let number = 1; ; number++) {
    const gapNs = number === 1 ? null : Math.round(waitedMs * 1e6);
    nowNs += gapNs ?? 0;
    waitedNs += gapNs ?? 0;
    const attempt = { ...attemptOnce(world, caller, to, nowNs), call: at.call, gapNs };
    attempts.push(attempt);
    nowNs += attempt.durationNs;
    if (!attempt.failed || number >= strategy.maxAttempts)
      return { attempts, endNs: nowNs, waitedNs, failed: attempt.failed };
    waitedMs = waitMs(strategy, number, waitedMs, world.random);
  }
}

function attemptOnce(world: World, { process }: Caller, to: Operation, startNs: number) {
  const server = serverOf(world, to.service, startNs);
  const refusals = process.faults.retries.get(to.service)?.refusals ?? server.service.refusals ?? 0;
  const about = { callee: to.service, endpoint: to.endpoint, startNs };
  const delayMs = process.faults.delayMs + server.process.faults.delayMs;
  const wireNs = Math.round(WIRE_NS * (0.8 + 0.4 * world.random()) + delayMs * 1e6);
  if (fails(world, refusals)) return { ...about, durationNs: wireNs + REFUSAL_NS, failed: true, visit: null };
  const served = visit(world, to, server, startNs + Math.floor(wireNs / 2));
  return { ...about, durationNs: wireNs + served.durationNs, failed: served.failed, visit: served };
}
