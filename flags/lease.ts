/** One active controller a store: a lease that is claimed, renewed, and given up before it ends. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Clock, Log } from '../model.ts';
import { type Claim, FREE, isHeldAt, type LeaseState, settle, termToClaim } from './lease-step.ts';

/** The table of claims. Each term is written once, whoever writes it first; a claim too late changes nothing and is no error. */
export interface Claims {
  /** The claim with the highest term. */
  newest(): Promise<Claim | null>;
  /** Returns once the term is decided; by whom, only reading back tells. */
  claim(term: number, holder: string, leaseMs: number): Promise<void>;
}

export interface Lease extends AsyncDisposable {
  /** Whether this process may write now; by its own clock, so that it needs nobody to learn that its time is over. */
  isHeld(): boolean;
  /** Another number each time the lease is won. */
  term(): number;
  /** Who holds the lease, as last read; null before the first reading. */
  holder(): string | null;
  /** One attempt to claim or renew. Never rejects. */
  renew(): Promise<void>;
  /** Renews at a third of the lease until disposed; then gives it back. */
  start(): void;
}

export interface LeaseOptions {
  readonly claims: Claims;
  readonly log: Log;
  /** Monotonic milliseconds. @default performance.now */
  readonly clock?: Clock;
  /** Resolves after this long on the same clock, or at once when aborted. @default a timer */
  readonly wait?: Wait;
  /** @default 30 seconds */
  readonly leaseMs?: number;
  /** Tells this process from every other, and from itself after a restart. @default host, process and a random number */
  readonly holder?: string;
}

export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const LEASE_MS = 30_000;

const timer: Wait = (ms, signal) => delay(ms, undefined, { signal }).catch(() => {});

const newHolder = (): string => `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;

/** Rejects when the work takes longer; what it set off may still happen, and then counts as unknown. */
async function within<T>(ms: number, wait: Wait, work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = wait(ms, stop.signal).then(() => {
    if (!stop.signal.aborted) throw new Error(`no answer within ${ms} ms`);
    return work;
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}

export function createLease({ claims, log, ...options }: LeaseOptions): Lease {
  const { clock = () => performance.now(), wait = timer, leaseMs = LEASE_MS, holder = newHolder() } = options;
  const patienceMs = leaseMs / 6;
  let state: LeaseState = FREE;
  let seen: Claim | null = null;
  let wins = 0;
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const newest = async (): Promise<Claim | null> => {
    seen = await within(patienceMs, wait, claims.newest());
    return seen;
  };

  async function attempt(): Promise<void> {
    const term = termToClaim(await newest(), holder, state, clock());
    if (term === null) {
      state = { ...state, heldUntilMs: null };
      return;
    }
    await within(patienceMs, wait, claims.claim(term, holder, leaseMs));
    const askedMs = clock();
    state = settle({ newest: await newest(), askedMs }, { term, holder, leaseMs }, clock());
  }

  async function renew(): Promise<void> {
    const before = isHeldAt(state, clock());
    // A failed attempt is unknown: what was held is held to its end, and nothing more.
    await attempt().catch((thrown: unknown) =>
      log.warn({ holder, cause: messageOf(thrown) }, 'the lease of the controller could not be renewed'),
    );
    const now = isHeldAt(state, clock());
    if (now && !before) wins += 1;
    if (now !== before) {
      const words = now ? 'this Hinge is the active controller' : `another Hinge is the active controller`;
      log.info({ holder, active: seen?.holder }, words);
    }
  }

  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      await renew();
      await wait(leaseMs / 3, stop.signal);
    }
  }

  async function giveBack(): Promise<void> {
    const term = isHeldAt(state, clock()) ? termToClaim(await newest(), holder, state, clock()) : null;
    state = { ...state, heldUntilMs: null };
    if (term !== null) await within(patienceMs, wait, claims.claim(term, holder, 0));
  }

  return {
    isHeld: () => isHeldAt(state, clock()),
    term: () => wins,
    holder: () => seen?.holder ?? null,
    renew,
    start() {
      running = loop();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await giveBack().catch((thrown: unknown) =>
        log.warn({ holder, cause: messageOf(thrown) }, 'the lease could not be given back: it runs out by itself'),
      );
    },
  };
}
