/** Customers: an open loop of requests at a fixed rate. Slow answers never slow the customers down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type Target } from './services/http.ts';

export interface TrafficOptions {
  readonly perSecond: number;
  /** Base URLs to send to, in turn; asked before each request. */
  readonly targets: () => readonly string[];
}

/** What the customers saw of one route; times in milliseconds. */
export interface RouteTally {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** From the moment a request was due, ascending: waiting to be sent counts (no coordinated omission). */
  readonly latenciesMs: readonly number[];
}

export type Tally = Readonly<Record<string, RouteTally>>;

export interface Traffic extends AsyncDisposable {
  /** What happened since the last take. */
  take(): Tally;
}

/** Share of the requests that are orders. */
export const ORDER_SHARE = 0.6;
/** A request that is due waits this long at most before it is given up. */
const TIMEOUT_MS = 10_000;

interface Request extends Pick<Target, 'method'> {
  readonly route: string;
  readonly path: string;
}

/** Request number n: orders are spread evenly over the catalog visits. */
export function requestAt(n: number): Request {
  const isOrder = Math.floor((n + 1) * ORDER_SHARE) > Math.floor(n * ORDER_SHARE);
  return isOrder
    ? { route: 'POST /orders', method: 'POST', path: '/orders' }
    : { route: 'GET /catalog/{sku}', method: 'GET', path: `/catalog/sku-${n % 50}` };
}

interface Counts {
  sent: number;
  failed: number;
  latenciesMs: number[];
}

/** The latency at share `p` of ascending latencies, in milliseconds (nearest rank); NaN of none. */
export function quantile(latenciesMs: readonly number[], p: number): number {
  return latenciesMs[Math.max(0, Math.ceil(p * latenciesMs.length) - 1)] ?? Number.NaN;
}

/** Starts at once; disposing stops sending and waits for the answers that are under way. */
export function startTraffic({ perSecond, targets }: TrafficOptions): Traffic {
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  let counts = new Map<string, Counts>();

  function countsOf(route: string): Counts {
    const known = counts.get(route) ?? { sent: 0, failed: 0, latenciesMs: [] };
    counts.set(route, known);
    return known;
  }

  async function send(n: number, dueMs: number): Promise<void> {
    const { route, method, path } = requestAt(n);
    const urls = targets();
    const tally = countsOf(route);
    tally.sent += 1;
    try {
      const url = `${urls[n % urls.length]}${path}`;
      const answer = await exchange({ method, url, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status >= 400) tally.failed += 1;
      else tally.latenciesMs.push(performance.now() - dueMs);
    } catch {
      tally.failed += 1;
    }
  }

  async function run(): Promise<void> {
    const startMs = performance.now();
    for (let n = 0; !stop.signal.aborted; n++) {
      const dueMs = startMs + (n * 1_000) / perSecond;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) break;
      const sending = send(n, dueMs).finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
  }

  const running = run();
  return {
    take() {
      const taken = [...counts].map(([route, { sent, failed, latenciesMs }]) => {
        const answered = latenciesMs.length;
        return [route, { sent, answered, failed, latenciesMs: latenciesMs.toSorted((a, b) => a - b) }] as const;
      });
      counts = new Map();
      return Object.fromEntries(taken);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await Promise.allSettled(underWay);
    },
  };
}
