/** The lease on virtual time: slow, lost and late claims, clocks that drift, crashes; never two holders. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claims, createLease, type Lease } from '../../flags/lease.ts';
import { type Claim, FREE, settle, termToClaim } from '../../flags/lease-step.ts';
import { silentLog } from '../support/engine.ts';

const LEASE_MS = 30_000;
const claim = (more: Partial<Claim> = {}): Claim => ({ term: 7, holder: 'other', leftMs: 1, ...more });

const held = (heldUntilMs: number) => ({ heldUntilMs, lost: null });

describe('a claim is made', () => {
  it.each([
    ['the first term where nobody claimed before', null, FREE, 1],
    ['not while another holds the lease', claim(), FREE, null],
    ['the next term once that has run out', claim({ leftMs: 0 }), FREE, 8],
    ['the next term to renew', claim({ holder: 'me', leftMs: 20_000 }), FREE, 8],
    ['not past a lost term at once', claim({ leftMs: 0 }), { ...FREE, lost: { term: 8, untilMs: 1_001 } }, null],
    ['past a lost term in time', claim({ leftMs: 0 }), { ...FREE, lost: { term: 8, untilMs: 1_000 } }, 9],
    ['of the next term where a lost one was passed', claim({ term: 9, leftMs: 0 }), FREE, 10],
  ] as const)('%s', (_, newest, state, term) => {
    expect(termToClaim(newest, 'me', state, 1_000)).toBe(term);
  });

  it.each([
    ['is held for what is left, less a third', claim({ term: 8, holder: 'me', leftMs: 29_000 }), held(19_100)],
    ['was taken long ago', claim({ term: 8, holder: 'me', leftMs: 10_000 }), held(100)],
    ['went to another', claim({ term: 8 }), FREE],
    ['was overtaken', claim({ term: 9, holder: 'me' }), FREE],
    ['is nobody’s', claim({ term: 7, leftMs: 0 }), { heldUntilMs: null, lost: { term: 8, untilMs: 30_900 } }],
  ] as const)('and %s', (_, newest, state) => {
    const sent = { term: 8, holder: 'me', leaseMs: LEASE_MS };
    expect(settle({ newest, askedMs: 100 }, sent, 900)).toEqual(state);
  });
});

/** Virtual time: what waits is resolved in order of time, and all that follows from it before the next. */
function createWorld() {
  const queue: { readonly atMs: number; readonly wake: () => void }[] = [];
  const world = { nowMs: 0 };
  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      queue.push({ atMs: world.nowMs + Math.max(0, ms), wake });
    });
  async function run(untilMs: number, look: () => void): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      look();
      queue.sort((a, b) => a.atMs - b.atMs);
      const next = queue[0];
      if (next === undefined || next.atMs > untilMs) return;
      queue.shift();
      world.nowMs = next.atMs;
      next.wake();
    }
  }
  return { world, sleep, run };
}

interface Weather {
  /** Share of statements that are slow, that lose their answer, of claims whose term a crash burns. */
  readonly slow: number;
  readonly lost: number;
  readonly burnt: number;
}

type World = ReturnType<typeof createWorld>;

/** A store as store/lease.ts makes one: a term is decided when it commits, its time is told before that. */
function createServer({ world, sleep }: World, weather: Weather, random: () => number) {
  const taken = new Set<number>();
  const rows: { term: number; holder: string; endMs: number }[] = [];
  const slowly = () => sleep(random() < weather.slow ? random() * 45_000 : random() * 50);
  const answer = async () => {
    await slowly();
    if (random() < weather.lost) throw new Error('the answer was lost');
  };
  const claims: Claims = {
    async newest() {
      await slowly();
      const row = rows.toSorted((a, b) => b.term - a.term)[0];
      const found = row && { term: row.term, holder: row.holder, leftMs: row.endMs - world.nowMs };
      await answer();
      return found ?? null;
    },
    async claim(term, holder, leaseMs) {
      await slowly();
      const endMs = world.nowMs + leaseMs;
      await slowly();
      if (!taken.has(term) && random() >= weather.burnt) rows.push({ term, holder, endMs });
      taken.add(term);
      await answer();
    },
  };
  return claims;
}

interface Process {
  readonly lease: Lease;
  alive: boolean;
}

function createProcess({ world, sleep }: World, claims: Claims, holder: string, rate: number): Process {
  const startMs = world.nowMs;
  const clock = () => (world.nowMs - startMs) * rate + 1_000;
  const wait = (ms: number, signal: AbortSignal) =>
    Promise.race([sleep(ms / rate), new Promise<void>((end) => signal.addEventListener('abort', () => end()))]);
  const lease = createLease({ claims, log: silentLog, clock, wait, leaseMs: LEASE_MS, holder });
  lease.start();
  return { lease, alive: true };
}

/** Three processes that crash, leave and come back for ten minutes; returns how long somebody was active. */
async function live(weather: Weather, seed: number): Promise<{ doubles: number; activeLooks: number }> {
  const all = createWorld();
  let state = seed;
  const random = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  const claims = createServer(all, weather, random);
  const seen = { doubles: 0, activeLooks: 0 };
  const processes: Process[] = [];
  async function inhabit(name: string): Promise<void> {
    for (let life = 0; ; life++) {
      const process = createProcess(all, claims, `${name}${life}`, 0.95 + random() * 0.1);
      processes.push(process);
      await all.sleep(20_000 + random() * 200_000);
      process.alive = random() < 0.5;
      // One that leaves gives its lease back; one that crashed is gone, though its statements may still arrive.
      await Promise.race([process.lease[Symbol.asyncDispose](), all.sleep(60_000)]);
      process.alive = false;
    }
  }
  for (const name of ['a', 'b', 'c']) void inhabit(name);
  await all.run(600_000, () => {
    const active = processes.filter(({ alive, lease }) => alive && lease.isHeld()).length;
    if (active > 1) seen.doubles++;
    if (active === 1) seen.activeLooks++;
  });
  return seen;
}

describe('among processes that share a store', () => {
  it('never are two active, whatever is slow, lost or late', { timeout: 60_000 }, async () => {
    const weather = fc.record({
      slow: fc.constantFrom(0, 0.05, 0.3),
      lost: fc.constantFrom(0, 0.1, 0.4),
      burnt: fc.constantFrom(0, 0.05),
    });
    await fc.assert(
      fc.asyncProperty(weather, fc.nat(), async (given, seed) => {
        expect((await live(given, seed)).doubles).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('not even where a claim is taken after another was sent for the same term', async () => {
    // The first answer is late; what the second one's reading finds is the first, which runs out earlier.
    expect((await live({ slow: 0.3, lost: 0.1, burnt: 0 }, 378_553_244)).doubles).toBe(0);
  });

  it('one is active most of the time in fair weather', async () => {
    const { doubles, activeLooks } = await live({ slow: 0, lost: 0, burnt: 0 }, 1);
    expect(doubles).toBe(0);
    expect(activeLooks).toBeGreaterThan(100);
  });
});
