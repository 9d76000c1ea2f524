/**
 * From the first sample that breaches to the flag server's acceptance: a real `hinge serve` (collector, store, controller), a
 * real Unleash. A fresh Hinge each round, because an environment sees three changes an hour.
 */

import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, createAdmin, startUnleash, type UnleashTokens } from '../../demo/unleash-server/setup.ts';
import type { Action } from '../../model.ts';
import { hinge, scratchFolder, serveHinge } from '../../test/support/hinge.ts';
import { postJson, type SpanInput, spanId, traceId, tracesRequest } from '../../test/support/otlp.ts';
import type { Block, Row } from '../accuracy/row.ts';

const ROUNDS = 20;
/** Of the controller; the time aimed at is five seconds more. */
const INTERVAL_SECONDS = 5;
const MOST_SECONDS = 60;
const HEALTHY = 500;
const BAD = 100;

export const latencyBlock: Block = async ({ quick, say }) => {
  await using unleash = await startUnleash(say);
  const bot = await createAdmin(unleash).user('hinge-bot', 'Editor');
  const rounds = quick ? 2 : ROUNDS;
  const seconds: Taken[] = [];
  for (let round = 1; round <= rounds; round++) {
    const taken = await play({ unleash, token: bot.token, round });
    const words = taken === null ? 'not within a minute' : `decided ${taken.decided} s, accepted ${taken.accepted} s`;
    say(`latency: round ${round} of ${rounds}: ${words}; load ${loadavg()[0]?.toFixed(1)}`);
    if (taken !== null) seconds.push(taken);
  }
  return rowsOf(seconds, rounds);
};

interface Round {
  readonly unleash: UnleashTokens;
  readonly token: string;
  readonly round: number;
}

/** Seconds from the end of the first bad call. */
interface Taken {
  /** To the line in the journal, which comes before the write. */
  readonly decided: number;
  /** To the event in Unleash. */
  readonly accepted: number;
}

/** Null where no event came in time. */
async function play({ unleash, token, round }: Round): Promise<Taken | null> {
  using folder = scratchFolder();
  const admin = createAdmin(unleash);
  const flag = `orders.new-${round}`;
  await admin.flag({ flag, strategies: [{ rollout: 100 }] });
  const config = folder.write('hinge.yaml', configuration(unleash, token, flag));
  await using server = await serveHinge(['--config', config, '--data', `${folder.path}/data`]);
  await send(server.otlpUrl, calls(HEALTHY, 'v1', Date.now() - 40_000));
  const changed = folder.write(
    'changed.json',
    JSON.stringify({ changed: [{ service: 'checkout', from: 'v1', to: 'v2' }] }),
  );
  const started = await hinge([
    'upgrade',
    'start',
    '--server',
    server.apiUrl,
    '--name',
    `round ${round}`,
    '--changed',
    changed,
  ]);
  if (started.code !== 0) throw new Error(started.err);
  // The breach may begin at any time between two looks.
  await sleep((2 + ((round * 0.37) % 1)) * INTERVAL_SECONDS * 1_000);
  const breachedMs = Date.now();
  await send(server.otlpUrl, calls(BAD, 'v2', breachedMs));
  const acceptedMs = await untilAccepted(admin, flag);
  if (acceptedMs === null) return null;
  const answer = await fetch(`${server.apiUrl}/api/v1/actions`);
  const { items } = (await answer.json()) as { items: readonly Action[] };
  const decidedMs = items.find(({ state }) => state === 'KILL')?.atMs ?? acceptedMs;
  return { decided: (decidedMs - breachedMs) / 1_000, accepted: (acceptedMs - breachedMs) / 1_000 };
}

const configuration = (unleash: UnleashTokens, token: string, flag: string): string => `
collector: { port: 0, grpcPort: null }
api: { port: 0 }
controller: { intervalSeconds: ${INTERVAL_SECONDS} }
unleash: { url: "${unleash.url}", token: "${token}", backendToken: "${unleash.backendToken}" }
slos:
  - { name: orders in time, service: checkout, indicator: latency, thresholdMs: 300, objective: 0.99 }
behaviours:
  - { name: new orders, service: checkout, flag: "${flag}", environments: [production], mode: act, slos: [orders in time],
      burn: [{ longSeconds: 300, shortSeconds: 30, rate: 10 }] }
`;

const HEALTHY_MS = 40;
const BAD_MS = 900;

/** Old ones over the half minute from `fromMs` on; of the new ones the first ends there, the others within a tenth of a second before. */
function calls(count: number, version: 'v1' | 'v2', atMs: number) {
  const durationMs = version === 'v1' ? HEALTHY_MS : BAD_MS;
  const items = Array.from({ length: count }, (_, index): SpanInput => {
    const id = index + 1 + (version === 'v1' ? 0 : HEALTHY);
    const endMs = version === 'v1' ? atMs + index * 60 : atMs - (index % 100);
    return { traceId: traceId(id), spanId: spanId(id), name: 'POST /orders', startMs: endMs - durationMs, durationMs };
  });
  const attributes = { 'service.instance.id': `checkout-${version}`, 'service.version': version };
  return tracesRequest([{ service: 'checkout', attributes, items }]);
}

async function send(otlpUrl: string, request: object): Promise<void> {
  const response = await postJson(`${otlpUrl}/v1/traces`, request);
  if (!response.ok) throw new Error(`the collector answered ${response.status}`);
}

interface UnleashEvents {
  readonly events: readonly { readonly type: string; readonly createdAt: string }[];
}

async function untilAccepted(admin: Admin, flag: string): Promise<number | null> {
  const deadlineMs = Date.now() + MOST_SECONDS * 1_000;
  while (Date.now() < deadlineMs) {
    const { events } = (await admin.call(
      'GET',
      `/api/admin/search/events?feature=IS:${flag}&limit=50`,
    )) as UnleashEvents;
    const disabled = events.find(({ type }) => type === 'feature-environment-disabled');
    if (disabled !== undefined) return Date.parse(disabled.createdAt);
    await sleep(200);
  }
  return null;
}

function rowsOf(taken: readonly Taken[], rounds: number): Row[] {
  const of = (part: keyof Taken) => {
    const sorted = taken.map((each) => each[part]).sort((one, other) => one - other);
    return (share: number) => sorted[Math.ceil(share * rounds) - 1] ?? null;
  };
  const [decided, accepted] = [of('decided'), of('accepted')];
  const what = `first breaching sample to acceptance by Unleash, a look every ${INTERVAL_SECONDS} s`;
  const row = (name: string, measured: number | null, target: Row['target']): Row => ({
    ...{ what: `${what}: ${name}`, measured, unit: 's', n: rounds, interval: null, target, record: '' },
  });
  return [
    row('of it to the decision, median', decided(0.5), null),
    row('median', accepted(0.5), null),
    row('95th percentile', accepted(0.95), { atMost: INTERVAL_SECONDS + 5 }),
    row('longest', accepted(1), null),
  ];
}
