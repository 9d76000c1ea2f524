/**
 * How often Hinge finds what is there: one endpoint, ten fresh instances an arm that differ by 5 %, regressions of a known size.
 * Minutes do not drift here: the targets were set on streams that do not.
 */

import type { Finding } from '../../model.ts';
import { drawCells, type EndpointPlan } from '../../rehearse/cells.ts';
import type { Noise } from '../../rehearse/noise.ts';
import { type Block, type BlockOptions, type Row, shareRow, type Target } from './row.ts';
import { CELL_PLAN, countOf, judge, plainEndpoints, repeat } from './simulate.ts';

interface Scene {
  readonly what: string;
  readonly plan: Pick<EndpointPlan, 'calls'> & Partial<EndpointPlan>;
  readonly paired?: boolean;
  /** Earlier days that stand as the control. @default 0 */
  readonly historyDays?: number;
  /** The finding that should say so; any that regressed when absent. */
  readonly signal?: Finding['signal'];
  readonly atLeast: number | null;
  readonly record?: string;
}

const NOISE: Noise = { instanceSd: 0.05 };
const KAYENTA = "Kayenta's rule, 10 / 20 %: .885 / 1";

const SCENES: readonly Scene[] = [
  {
    what: 'tail +20 % at p99, 10 k calls',
    plan: { calls: 10_000, effect: { tail: 0.2 } },
    signal: 'latency.p99',
    atLeast: 0.9,
    record: KAYENTA,
  },
  {
    what: 'tail +20 % at p99, 10 k calls, instances that stay',
    plan: { calls: 10_000, effect: { tail: 0.2 } },
    paired: true,
    signal: 'latency.p99',
    atLeast: 0.9,
    record: KAYENTA,
  },
  {
    what: 'tail +10 % at p99, 100 k calls',
    plan: { calls: 100_000, effect: { tail: 0.1 } },
    signal: 'latency.p99',
    atLeast: 0.9,
    record: KAYENTA,
  },
  { what: 'all +20 %, 10 k calls', plan: { calls: 10_000, effect: { slower: 0.2 } }, atLeast: null },
  { what: 'all +10 %, 100 k calls', plan: { calls: 100_000, effect: { slower: 0.1 } }, atLeast: null },
  {
    what: '1 % of requests five times slower, 10 k calls, without history',
    plan: { calls: 10_000, effect: { stragglers: { share: 0.01, factor: 5 } } },
    atLeast: 0.75,
  },
  {
    what: '1 % of requests five times slower, 10 k calls, 14 days of history',
    plan: { calls: 10_000, effect: { stragglers: { share: 0.01, factor: 5 } } },
    historyDays: 14,
    atLeast: 0.75,
  },
  {
    what: 'tail +20 % at p99, 10 k calls, 14 days of history',
    plan: { calls: 10_000, effect: { tail: 0.2 } },
    historyDays: 14,
    signal: 'latency.p99',
    atLeast: 0.9,
    record: KAYENTA,
  },
  {
    what: '1 % of requests five times slower, 100 k calls, without history',
    plan: { calls: 100_000, effect: { stragglers: { share: 0.01, factor: 5 } } },
    atLeast: 0.75,
  },
  {
    what: 'attempts per call 1.00 to 1.05, 20 k calls',
    plan: { calls: 20_000, kind: 'CLIENT', peer: 'pricing', retries: { before: 0, after: 0.05 } },
    signal: 'retries',
    atLeast: 0.9,
  },
  {
    what: 'attempts per call 1.01 to 1.06, 20 k calls',
    plan: { calls: 20_000, kind: 'CLIENT', peer: 'pricing', retries: { before: 0.01, after: 0.06 } },
    signal: 'retries',
    atLeast: null,
  },
  {
    what: 'errors 0.5 to 1.5 % of 10 k calls',
    plan: { calls: 10_000, errors: { before: 0.005, after: 0.015 } },
    signal: 'errors',
    atLeast: null,
  },
];

export const powerBlock: Block = async (options) => SCENES.flatMap((scene) => powerOf(scene, options));

/** Two rows: what an SRE is told (the verdict), and what the test alone sees. */
function powerOf(
  { what, plan, paired = false, historyDays = 0, signal, atLeast, record = '' }: Scene,
  options: BlockOptions,
): Row[] {
  const endpoints = plainEndpoints(1, plan.calls).map((endpoint) => ({ ...endpoint, ...plan }));
  const runs = repeat(what, options.quick ? 60 : 400, options, (seed) => {
    const all = judge(drawCells({ ...CELL_PLAN, noise: NOISE, endpoints, paired, historyDays, seed }), seed).findings;
    const findings = signal === undefined ? all : all.filter((finding) => finding.signal === signal);
    return {
      regressed: findings.some(({ verdict }) => verdict === 'regressed'),
      rejects: findings.some(({ p }) => p !== null && p <= 0.05),
    };
  });
  const target: Target | null = atLeast === null ? null : { atLeast };
  return [
    shareRow(
      `called regressed: ${what}`,
      countOf(runs, ({ regressed }) => regressed),
      runs.length,
      target,
      record,
    ),
    shareRow(
      `p <= .05: ${what}`,
      countOf(runs, ({ rejects }) => rejects),
      runs.length,
      null,
    ),
  ];
}
