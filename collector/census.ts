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

/** How much of a cap is taken, and whether more was asked for. */
interface Share {
  taken: number;
  isOver: boolean;
}

interface Seen {
  readonly names: Share;
  readonly keys: Share;
}

const newShare = (): Share => ({ taken: 0, isOver: false });
const newSeen = (): Seen => ({ names: newShare(), keys: newShare() });

const DAY_MS = 86_400_000;

/**
 * Begins anew every day. It is asked about texts that are new to a block, and does not hear who else sends them: one that
 * services share counts for the first of them, and stays with all.
 */
export class Census {
  /** The service that what follows is counted for. */
  service = '';
  private readonly limits: CensusLimits;
  private readonly onOverflow: (overflow: Overflow) => void;
  private readonly services = new Map<string, Seen>();
  /** What services beyond their cap have together. */
  private others = newSeen();
  private readonly names = new Set<string>();
  private readonly keys = new Set<string>();
  private readonly resourceKeys = new Set<string>();
  /** Of the caps on services, and on the keys of all resources together. */
  private serviceShare = newShare();
  private resourceShare = newShare();
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
    this.serviceShare = newShare();
    this.resourceShare = newShare();
    for (const texts of [this.names, this.keys, this.resourceKeys]) texts.clear();
    this.units = 0;
  }

  admitsService(service: string): boolean {
    if (this.services.has(service)) return true;
    if (!this.takes(this.serviceShare, service, { what: 'services', cap: this.limits.maxServices })) return false;
    this.services.set(service, newSeen());
    return true;
  }

  admitsName(name: string): boolean {
    const { service, limits } = this;
    return this.admits(this.names, this.seen().names, name, { what: 'names', service, cap: limits.maxNamesPerService });
  }

  admitsKey(key: string): boolean {
    const { service, limits } = this;
    const overflow = { what: 'attribute keys', service, cap: limits.maxKeysPerService } as const;
    return this.admits(this.keys, this.seen().keys, key, overflow);
  }

  admitsResourceKey(key: string): boolean {
    const overflow = { what: 'resource attribute keys', cap: this.limits.maxKeysPerService } as const;
    return this.admits(this.resourceKeys, this.resourceShare, key, overflow);
  }

  private seen(): Seen {
    return this.services.get(this.service) ?? this.others;
  }

  private admits(texts: Set<string>, share: Share, text: string, overflow: Overflow): boolean {
    if (text === OTHER || texts.has(text)) return true;
    if (!this.takes(share, text, overflow)) return false;
    texts.add(text);
    return true;
  }

  /** Whether there is room for a new text: then it is taken. */
  private takes(share: Share, text: string, overflow: Overflow): boolean {
    const texts = this.services.size + this.names.size + this.keys.size + this.resourceKeys.size;
    if (share.taken < overflow.cap && texts < MAX_TEXTS && this.units + text.length <= MAX_UNITS) {
      share.taken++;
      this.units += text.length;
      return true;
    }
    if (!share.isOver) this.onOverflow(overflow);
    share.isOver = true;
    return false;
  }
}
