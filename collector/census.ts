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

/** What there is too much of: of one service, or, where none is named, of all together. */
export interface Overflow {
  readonly what: 'services' | 'names' | 'attribute keys' | 'resource attribute keys';
  readonly service?: string;
  readonly cap: number;
}

/** Bound the memory of the census itself, whatever the caps: texts, and UTF-16 units of all texts together. */
const MAX_TEXTS = 100_000;
const MAX_UNITS = 8 * 2 ** 20;

/** Texts of one kind, and whether there were more than their cap. */
interface Kept {
  readonly texts: Set<string>;
  isOver: boolean;
}

interface Seen {
  readonly names: Kept;
  readonly keys: Kept;
}

const newKept = (): Kept => ({ texts: new Set(), isOver: false });
const newSeen = (): Seen => ({ names: newKept(), keys: newKept() });

const DAY_MS = 86_400_000;

/**
 * Begins anew every day. It is asked about texts that are new to a block, so one that two services share may count for the
 * first of them only.
 */
export class Census {
  /** The service that what follows is counted for. */
  service = '';
  private readonly limits: CensusLimits;
  private readonly onOverflow: (overflow: Overflow) => void;
  private readonly services = new Map<string, Seen>();
  /** What services beyond their cap have together. */
  private others = newSeen();
  private resourceKeys = newKept();
  private serviceNames = newKept();
  private texts = 0;
  private units = 0;
  private sinceMs = Number.NEGATIVE_INFINITY;

  /** `onOverflow` is told once a day of each service and kind. */
  constructor(limits: CensusLimits, onOverflow: (overflow: Overflow) => void = () => {}) {
    this.limits = limits;
    this.onOverflow = onOverflow;
  }

  /** To be called now and then, with milliseconds that only grow. */
  renew(nowMs: number): void {
    if (nowMs - this.sinceMs < DAY_MS) return;
    this.sinceMs = nowMs;
    this.services.clear();
    this.others = newSeen();
    this.resourceKeys = newKept();
    this.serviceNames = newKept();
    this.texts = this.units = 0;
  }

  admitsService(service: string): boolean {
    if (this.services.has(service)) return true;
    if (!this.admits(this.serviceNames, service, { what: 'services', cap: this.limits.maxServices })) return false;
    this.services.set(service, newSeen());
    return true;
  }

  admitsName(name: string): boolean {
    const { service, limits } = this;
    return this.admits(this.seen().names, name, { what: 'names', service, cap: limits.maxNamesPerService });
  }

  admitsKey(key: string): boolean {
    const { service, limits } = this;
    return this.admits(this.seen().keys, key, { what: 'attribute keys', service, cap: limits.maxKeysPerService });
  }

  admitsResourceKey(key: string): boolean {
    return this.admits(this.resourceKeys, key, { what: 'resource attribute keys', cap: this.limits.maxKeysPerService });
  }

  private seen(): Seen {
    return this.services.get(this.service) ?? this.others;
  }

  private admits(kept: Kept, text: string, overflow: Overflow): boolean {
    if (kept.texts.has(text) || text === OTHER) return true;
    const isRoom = this.texts < MAX_TEXTS && this.units + text.length <= MAX_UNITS;
    if (!isRoom || kept.texts.size >= overflow.cap) {
      if (!kept.isOver) this.onOverflow(overflow);
      kept.isOver = true;
      return false;
    }
    kept.texts.add(text);
    this.texts++;
    this.units += text.length;
    return true;
  }
}
