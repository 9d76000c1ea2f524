/** The ways that are measured, in the order of a run. */

import { metricBodies } from '../support/metric-bodies.ts';
import { createTraffic, spanBodies, type Traffic } from '../support/traffic.ts';
import { type Door, throughGrpc, throughHttp } from './hinge-ways.ts';
import type { Measurement } from './measure.ts';
import { ordinaryWay } from './ordinary-way.ts';
import type { Plan } from './plan.ts';
import { type RawBlock, saveBlocks } from './raw-blocks.ts';
import { rawWay } from './raw-way.ts';
import { gzipped, jsonSpans } from './supplies.ts';

export interface NamedWay {
  readonly name: string;
  readonly title: string;
  /** The main ways are measured in every round, the others once. */
  readonly isMain: boolean;
  /** Undefined when this Hinge has no such way. */
  run(): Promise<Measurement | undefined>;
}

export interface WaysOptions {
  /** Spans of a measurement of a main way; the others take a half, those that cannot be stamped a fifth. */
  readonly spans: number;
  /** Prepared blocks are kept in it. */
  readonly folder: string;
  readonly seed: number;
  /** Requests under way at once. */
  readonly lanes: number;
  /** Merges wait until a load is over. */
  readonly holdsMerges: boolean;
}

const SPANS_PER_BODY = 512;
const FEWEST_BODIES = 500;
/** Enough for the compiler to have done its work, in spans or data points. */
const WARM_UP = 100_000;
const FEW_LANES = 8;
const JSON_HEADERS = { 'content-type': 'application/json' };
const GZIP_HEADERS = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };

export function createWays({ spans, folder, seed, lanes, holdsMerges }: WaysOptions): readonly NamedWay[] {
  const bodies = Math.max(FEWEST_BODIES, 2 * lanes);
  const traffic = createTraffic(bodies, seed, spanBodies(SPANS_PER_BODY, seed));
  const points = () => createTraffic(bodies, seed, metricBodies(seed));
  let blocks: readonly RawBlock[] | undefined;
  const planOf = (from: Traffic, items: number, atOnce = lanes): Plan => ({
    traffic: from,
    items,
    warmUp: WARM_UP,
    lanes: atOnce,
    holdsMerges,
  });
  const traces = (plan: Plan, door: Omit<Door, 'signal'> = {}) => throughHttp(plan, { signal: 'traces', ...door });
  const main = (name: string, title: string, run: NamedWay['run']): NamedWay => ({ name, title, isMain: true, run });
  const once = (name: string, title: string, run: NamedWay['run']): NamedWay => ({ name, title, isMain: false, run });

  return [
    main('hinge', 'Hinge: OTLP/HTTP protobuf, fsync', () =>
      throughHttp(planOf(traffic, spans), { signal: 'traces' }, async ({ engine }) => {
        blocks ??= await saveBlocks(engine.client, 'hinge', folder);
      }),
    ),
    main('ordinary', 'ordinary: protobufjs, JSONEachRow, exporter tables', () => ordinaryWay(planOf(traffic, spans))),
    main('raw', 'raw limit: Native blocks to the engine', async () => {
      if (blocks === undefined)
        throw new Error('the raw limit takes its blocks from the way "hinge": measure that too');
      return await rawWay(blocks, holdsMerges);
    }),
    once('fast', 'Hinge, no fsync', () => traces(planOf(traffic, spans / 2), { durability: 'fast' })),
    once('grpc', 'Hinge, gRPC', () => throughGrpc(planOf(traffic, spans / 2))),
    once('few', `Hinge, ${FEW_LANES} requests at once`, () => traces(planOf(traffic, spans / 5, FEW_LANES))),
    once('gzip', 'Hinge, gzip', () => traces(planOf(gzipped(traffic), spans / 5), { headers: GZIP_HEADERS })),
    once('json', 'Hinge, JSON', () =>
      traces(planOf(jsonSpans(SPANS_PER_BODY, seed), spans / 5), { headers: JSON_HEADERS }),
    ),
    once('metrics', 'Hinge, metrics: data points', () => throughHttp(planOf(points(), spans), { signal: 'metrics' })),
  ];
}
