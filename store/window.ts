/** Slots, how far around one the derivation may look, and how many of them one statement takes. */
import type { TimeRange } from '../model.ts';
import type { Parameters } from './connect.ts';
import type { Facts } from './spans.ts';

/** How this store cuts time, and how it reads spans: what cells and self times are derived with. */
export interface Derivation {
  /** Width of a slot in seconds. */
  readonly widthSeconds: number;
  /** How far, in seconds and whole slots, a rule may look around the slot of a span. */
  readonly reachSeconds: number;
  /** How long after its end a slot is sealed. */
  readonly delaySeconds: number;
  /** Names the derivation: rows sealed by another recipe do not count. */
  readonly recipe: string;
  readonly facts: Facts;
}

/** A slot with spans. */
export interface StoredSlot {
  /** Its start, seconds since the epoch. */
  readonly slot: number;
  /** Stored rows, repeats included. */
  readonly rows: number;
}

/** Raised whenever the derivation changes, so that slots sealed by an older Hinge are sealed again. */
const DERIVATION = 3;

/** Bounds the memory of one statement; a slot is never split. */
const ROWS_PER_BATCH = 2_000_000;
/** Bounds the length of one request. */
const SLOTS_PER_BATCH = 1_000;

export interface Cutting {
  readonly slotSeconds: number;
  readonly sealDelaySeconds: number;
  readonly horizonSeconds: number;
}

export function createDerivation(o: Cutting, facts: Facts): Derivation {
  const widthSeconds = Math.max(1, Math.round(o.slotSeconds));
  const reachSeconds = Math.max(1, Math.ceil(o.horizonSeconds / widthSeconds)) * widthSeconds;
  return {
    widthSeconds,
    reachSeconds,
    delaySeconds: Math.ceil(Math.max(o.sealDelaySeconds, reachSeconds)),
    recipe: `derivation ${DERIVATION}, slots of ${widthSeconds} s, reach ${reachSeconds} s`,
    facts,
  };
}

/** Start of the slot that holds an instant, in seconds. */
export function slotOf(atMs: number, { widthSeconds }: Derivation): number {
  return Math.floor(atMs / 1000 / widthSeconds) * widthSeconds;
}

/** Slots that begin in the range, [first, end), in seconds. */
export function slotsWithin(range: TimeRange, { widthSeconds }: Derivation): { first: number; end: number } {
  const up = (ms: number) => Math.max(0, Math.ceil(ms / 1000 / widthSeconds) * widthSeconds);
  return { first: up(range.startMs), end: up(range.endMs) };
}

/** Seconds since the epoch, as parameters of the derivation: spans are read in [from, until), slots begin at `first`. */
interface SpansAround extends Parameters {
  readonly from: number;
  readonly first: number;
  readonly until: number;
  readonly width: number;
  readonly reach: number;
}

/** The spans to read for slots from the first to the last. */
export function spansAround(firstSlot: number, lastSlot: number, derivation: Derivation): SpansAround {
  const { widthSeconds, reachSeconds } = derivation;
  return {
    from: Math.max(0, firstSlot - reachSeconds),
    first: Math.max(0, firstSlot),
    until: Math.max(0, lastSlot + widthSeconds + reachSeconds),
    width: widthSeconds,
    reach: reachSeconds,
  };
}

/** All parameters of the derivation for ascending slots. */
export function parametersOf(slots: readonly number[], derivation: Derivation): SpansAround {
  return { ...spansAround(slots[0] ?? 0, slots.at(-1) ?? 0, derivation), slots };
}

/** Cuts ascending slots into runs that one statement can take. */
export function batchesOf<Slot extends StoredSlot>(slots: readonly Slot[]): Slot[][] {
  const batches: Slot[][] = [];
  let rows = 0;
  for (const slot of slots) {
    const open = batches.at(-1);
    rows += slot.rows;
    if (open !== undefined && rows <= ROWS_PER_BATCH && open.length < SLOTS_PER_BATCH) open.push(slot);
    else {
      batches.push([slot]);
      rows = slot.rows;
    }
  }
  return batches;
}

/** Parameters for the calls that start in the range: those of the spans to be read for them, and `IN_RANGE`'s. */
export function spansOf(range: TimeRange, derivation: Derivation): Parameters {
  const spans = spansAround(
    slotOf(range.startMs, derivation),
    slotOf(Math.max(range.startMs, range.endMs - 1), derivation),
    derivation,
  );
  return { ...spans, startMs: range.startMs, endMs: range.endMs };
}

export const IN_RANGE = 'start_ns >= {startMs:Int64} * 1000000 AND start_ns < {endMs:Int64} * 1000000';
