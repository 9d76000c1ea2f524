/**
 * `npm run fuzz -- [--cases N] [--seed N] [--only CASE]`: good requests with bytes changed, through the whole intake. Each must
 * be taken or refused as the sender's fault, and none may hold the event loop for 50 ms. Prints the seed and the number of a
 * case that fails; `--only` plays it again.
 */

import { parseArgs } from 'node:util';
import { createRandom } from '../analysis/statistics/random.ts';
import { createCommitter } from '../collector/commit/commit.ts';
import { faultOf } from '../collector/doors/faults.ts';
import { createIntake, type Encoding } from '../collector/intake.ts';
import { DEFAULT_LIMITS } from '../collector/limits.ts';
import type { Signal } from '../collector/transcode.ts';
import type { Log } from '../model.ts';
import { METRICS_REQUEST } from '../test/collector/metrics-example.ts';
import { attributes, spanId, traceId } from '../test/support/otlp.ts';
import { encodeRequest } from '../test/support/otlp-protobuf.ts';
import { mutate } from './support/mutate.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);
const first = values.only === undefined ? 0 : Number(values.only);
const end = values.only === undefined ? Number(values.cases) : first + 1;
const MAX_HOLD_MS = 50;
const ALLOWED: ReadonlySet<number> = new Set([200, 400, 413]);

const SPAN = {
  traceId: traceId(1),
  spanId: spanId(1),
  parentSpanId: spanId(2),
  traceState: 'a=b',
  name: 'GET /größe',
  kind: 2,
  startTimeUnixNano: '1772445600123456789',
  endTimeUnixNano: '1772445600223456789',
  attributes: attributes({ text: 'x', n: 7, list: ['a', 1, { b: true }], map: { c: [1.5] } }),
  events: [{ timeUnixNano: '1772445600123456790', name: 'e', attributes: attributes({ k: 1 }) }],
  links: [{ traceId: traceId(2), spanId: spanId(3), attributes: attributes({ k: 'v' }) }],
  status: { code: 2, message: 'no' },
};
const RESOURCE = { attributes: attributes({ 'service.name': 'checkout', replicas: 3 }) };
const TRACES_REQUEST = {
  resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: { name: 's', version: '1' }, spans: [SPAN, SPAN] }] }],
};
const BODIES: readonly (readonly [Signal, Encoding, Uint8Array])[] = [
  ['traces', 'protobuf', encodeRequest(TRACES_REQUEST)],
  ['traces', 'json', Buffer.from(JSON.stringify(TRACES_REQUEST))],
  ['metrics', 'protobuf', encodeRequest(METRICS_REQUEST)],
  ['metrics', 'json', Buffer.from(JSON.stringify(METRICS_REQUEST))],
];

const silent: Log = { debug() {}, info() {}, warn() {}, error: console.error };
await using committer = createCommitter({ limits: { ...DEFAULT_LIMITS, maxDelayMs: 0 }, sink: async () => {} });
const intake = createIntake({ limits: DEFAULT_LIMITS, committer, log: silent });
const statuses = new Map<number, number>();
let longestMs = 0;
let failures = 0;

for (let number = first; number < end && failures < 10; number++) {
  const [signal, encoding, body] = BODIES[number % BODIES.length] ?? BODIES[0] ?? ['traces', 'json', Buffer.from('{}')];
  const mutated = mutate(body, createRandom(seed * 1_000_003 + number));
  const { status, tookMs } = await play(signal, encoding, mutated);
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  longestMs = Math.max(longestMs, tookMs);
  if (!ALLOWED.has(status) || tookMs > MAX_HOLD_MS) {
    failures++;
    console.log(`case ${number} of seed ${seed} (${signal}, ${encoding}): ${status} after ${tookMs.toFixed(1)} ms`);
  }
  if (number % 50_000 === 0) process.stderr.write(`${number} of ${end}\n`);
}

const counted = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
console.log(`${end - first} cases, seed ${seed}; ${counted.join(', ')}; ${failures} failures`);
console.log(`longest case, and so the longest hold of the event loop: ${longestMs.toFixed(1)} ms`);
process.exitCode = failures === 0 ? 0 : 1;

/** On a machine with other work a case may be held up from outside: only one that is slow every time is slow. */
async function play(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<{ status: number; tookMs: number }> {
  let status = 0;
  let tookMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && tookMs > MAX_HOLD_MS; round++) {
    const startMs = performance.now();
    status = await statusOf(signal, encoding, body);
    tookMs = Math.min(tookMs, performance.now() - startMs);
  }
  return { status, tookMs };
}

async function statusOf(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<number> {
  try {
    await intake.take(signal, encoding, body);
    return 200;
  } catch (error) {
    return faultOf(error, silent).status;
  }
}
