/**
 * When the lease may be claimed and until when it is held: pure.
 *
 * Claims form one line of terms, and each term belongs to whoever's claim of it the store commits first. A process claims the
 * term after the newest that it read, when that is its own or has run out by the store's clock; then it reads back who has it.
 * Two that read the same term race for the same next one, so one wins, however long either insert takes.
 *
 * Why two never hold it at once. What is left of a term the store alone says; the holder counts it from before it asked, which is
 * earlier. Nobody else can have a later term before the store's count is over, and the holder stops a third of the lease earlier.
 * When it sent its claim says nothing: of a claim sent twice for want of an answer, the first may be the one that was taken.
 *
 * Assumed: the store decides each term once (see store/lease.ts), a reading shows what was committed before it began, and within
 * one lease the store's clock does not step forward, nor do the two clocks drift apart, by more than the third that is kept in
 * hand, less the 5 s that a write to the flag server may be under way. A machine that is suspended wakes with its monotonic clock
 * behind: the flag server's events then tell of the other controller before this one writes.
 */

export interface Claim {
  /** 1, 2, 3 ... */
  readonly term: number;
  readonly holder: string;
  /** Until it runs out by the store's clock, at the time of reading; 0 or less when it has. */
  readonly leftMs: number;
}

export interface LeaseState {
  /** By the own monotonic clock; null while it is not held. */
  readonly heldUntilMs: number | null;
  /** A term that was claimed, answered for, and yet is nobody's: the store crashed in between. Passed over after `untilMs`. */
  readonly lost: { readonly term: number; readonly untilMs: number } | null;
}

export const FREE: LeaseState = { heldUntilMs: null, lost: null };

export const isHeldAt = ({ heldUntilMs }: LeaseState, nowMs: number): boolean =>
  heldUntilMs !== null && nowMs < heldUntilMs;

/** The term to claim now; null while another holds the lease. */
export function termToClaim(newest: Claim | null, holder: string, { lost }: LeaseState, nowMs: number): number | null {
  if (newest !== null && newest.holder !== holder && newest.leftMs > 0) return null;
  const term = (newest?.term ?? 0) + 1;
  // Whoever might hold a lost term all the same has stopped by then.
  if (lost !== null && lost.term >= term) return nowMs < lost.untilMs ? null : lost.term + 1;
  return term;
}

export interface Sent {
  readonly term: number;
  readonly holder: string;
  readonly leaseMs: number;
}

export interface Reading {
  readonly newest: Claim | null;
  /** Before it was asked for, by the own monotonic clock. */
  readonly askedMs: number;
}

/** What an answered claim and the reading after it make of the lease. */
export function settle({ newest, askedMs }: Reading, { term, holder, leaseMs }: Sent, nowMs: number): LeaseState {
  if (newest?.term === term && newest.holder === holder) {
    return { heldUntilMs: askedMs + newest.leftMs - leaseMs / 3, lost: null };
  }
  if ((newest?.term ?? 0) < term) return { heldUntilMs: null, lost: { term, untilMs: nowMs + leaseMs } };
  return FREE;
}
