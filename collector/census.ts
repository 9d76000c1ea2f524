/**
 * How many different services, names and attribute keys there are. A sender that puts ids into names could fill every
 * dictionary from here to the charts; beyond the caps they are stored as one.
 */

export interface CensusLimits {
  readonly maxServices: number;
  /** Span names and metric names of one service. */
  readonly maxNamesPerService: number;
  /** Keys of span, event, link and data point attributes of one service; keys of all resources together. */
  readonly maxKeysPerService: number;
}

/** What stands in place of a text beyond its cap, as in cells. */
export const OTHER = '(other)';

const newSeen = (): Seen => ({ names: new Set(), keys: new Set() });

/** Bounds the memory of the census itself, whatever the caps. */
const MAX_TEXTS = 100_000;

interface Seen {
  readonly names: Set<string>;
  readonly keys: Set<string>;
}

const DAY_MS = 86_400_000;

/**
 * Begins anew every day. It is asked about texts that are new to a block, so one that two services share may count for the
 * first of them only.
 */
export class Census {
  /** The service that what follows is counted for. */
  service = '';
  private readonly limits: CensusLimits;
  private readonly services = new Map<string, Seen>();
  /** What services beyond their cap have together. */
  private others = newSeen();
  private resourceKeys = new Set<string>();
  private texts = 0;
  private sinceMs = Number.NEGATIVE_INFINITY;

  constructor(limits: CensusLimits) {
    this.limits = limits;
  }

  /** To be called now and then, with milliseconds that only grow. */
  renew(nowMs: number): void {
    if (nowMs - this.sinceMs < DAY_MS) return;
    this.sinceMs = nowMs;
    this.services.clear();
    this.others = newSeen();
    this.resourceKeys = new Set();
    this.texts = 0;
  }

  admitsService(service: string): boolean {
    if (this.services.has(service)) return true;
    if (this.services.size >= this.limits.maxServices) return false;
    this.services.set(service, newSeen());
    return true;
  }

  admitsName(name: string): boolean {
    return this.admits(this.seen().names, name, this.limits.maxNamesPerService);
  }

  admitsKey(key: string): boolean {
    return this.admits(this.seen().keys, key, this.limits.maxKeysPerService);
  }

  admitsResourceKey(key: string): boolean {
    return this.admits(this.resourceKeys, key, this.limits.maxKeysPerService);
  }

  private seen(): Seen {
    return this.services.get(this.service) ?? this.others;
  }

  private admits(seen: Set<string>, text: string, cap: number): boolean {
    if (seen.has(text) || text === OTHER) return true;
    if (seen.size >= cap || this.texts >= MAX_TEXTS) return false;
    seen.add(text);
    this.texts++;
    return true;
  }
}
