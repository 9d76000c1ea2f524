/** What an SLO document asks Hinge to measure, or why Hinge cannot: pure. */

import type { SloSettings } from '../slo.ts';
import type { Path, SloDocument } from './document.ts';
import { type Facts, type Indicator, isHinges, metricsOf } from './facts.ts';
import type { Objective } from './schema.ts';

const MS: Readonly<Record<NonNullable<Facts['unit']>, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1_000 };

type Measure = Pick<SloSettings, 'indicator' | 'thresholdMs'>;

const rounded = (value: number): number => Number(value.toPrecision(12));

/** What the query of another tool measures, only a person can say. */
function indicatorOf({ document, path, spec }: Indicator, facts: Facts): SloSettings['indicator'] {
  if (facts.indicator !== undefined) return facts.indicator;
  const [first] = metricsOf(spec);
  const isOurs = isHinges(first?.source.type);
  if (isOurs && spec.thresholdMetric !== undefined) return 'latency';
  const at = [...path, ...(first?.path ?? [])];
  const type = first?.source.type ?? first?.source.metricSourceRef ?? 'an unknown type';
  throw document.refusal(
    at,
    isOurs
      ? 'names no indicator: say indicator: errors, latency or retries in its spec'
      : `is a query of ${type}, and Hinge measures spans: say what it stands for with the annotation hinge.dev/indicator: errors, latency or retries`,
  );
}

/** The share of calls no slower than a value. */
function byThreshold(slo: SloDocument, objective: Objective, at: Path, indicator: Indicator, facts: Facts): Measure {
  const kind = indicatorOf(indicator, facts);
  const place = [...indicator.path, 'thresholdMetric'];
  if (kind !== 'latency')
    throw indicator.document.refusal(place, `holds a value against each call, and Hinge has none of ${kind}`);
  if (facts.thresholdMs !== undefined)
    throw indicator.document.refusal(place, 'has its threshold in the objective: leave out thresholdMs');
  const { op, value } = objective;
  if (op !== 'lte' && op !== 'lt')
    throw slo.refusal([...at, 'op'], 'must be lte or lt: Hinge counts calls that are fast as good');
  if (value === undefined) throw slo.refusal([...at, 'value'], 'is missing: a thresholdMetric is held against a value');
  if (facts.unit === undefined)
    throw slo.refusal(
      [...at, 'value'],
      'has no unit in OpenSLO: say which with the annotation hinge.dev/unit: ms, s, us or ns',
    );
  return { indicator: kind, thresholdMs: rounded(value * MS[facts.unit]) };
}

function checkRatio({ document, path, spec }: Indicator): void {
  const { good, bad, total, raw, rawType } = spec.ratioMetric ?? {};
  const at = [...path, 'ratioMetric'];
  if (raw !== undefined || rawType !== undefined)
    throw document.refusal(
      [...at, raw === undefined ? 'rawType' : 'raw'],
      'is a ratio made elsewhere, and Hinge counts calls: give good or bad, and total',
    );
  if (total === undefined || (good === undefined) === (bad === undefined))
    throw document.refusal(at, 'needs total, and either good or bad');
}

/** Good calls of all. */
function byRatio(slo: SloDocument, objective: Objective, at: Path, indicator: Indicator, facts: Facts): Measure {
  checkRatio(indicator);
  const refuse = (why: string) => indicator.document.refusal([...indicator.path, 'ratioMetric'], why);
  for (const key of ['op', 'value'] as const)
    if (objective[key] !== undefined) throw slo.refusal([...at, key], 'is for a thresholdMetric; leave it out');
  if (facts.unit !== undefined) throw refuse('has no value, so leave out the unit');
  const kind = indicatorOf(indicator, facts);
  const { thresholdMs } = facts;
  if (thresholdMs !== undefined && kind !== 'latency')
    throw refuse(`of ${kind} has no threshold; leave out thresholdMs`);
  if (thresholdMs !== undefined) return { indicator: kind, thresholdMs };
  if (kind !== 'latency') return { indicator: kind };
  throw refuse('counts calls that are fast: say how fast with the annotation hinge.dev/threshold-ms');
}

export function measureOf(
  slo: SloDocument,
  objective: Objective,
  at: Path,
  indicator: Indicator,
  facts: Facts,
): Measure {
  const { thresholdMetric, ratioMetric } = indicator.spec;
  if ((thresholdMetric === undefined) === (ratioMetric === undefined))
    throw indicator.document.refusal(indicator.path, 'needs either thresholdMetric or ratioMetric');
  return thresholdMetric === undefined
    ? byRatio(slo, objective, at, indicator, facts)
    : byThreshold(slo, objective, at, indicator, facts);
}

/** `target` is a share, `targetPercent` a percentage; one of the two. */
export function objectiveOf(slo: SloDocument, objective: Objective, at: Path): number {
  const { target, targetPercent } = objective;
  if ((target === undefined) === (targetPercent === undefined))
    throw slo.refusal(at, 'needs either target or targetPercent');
  const share = target ?? rounded((targetPercent ?? 0) / 100);
  if (share > 0 && share < 1) return share;
  const key = target === undefined ? 'targetPercent' : 'target';
  throw slo.refusal([...at, key], `must lie between 0 and ${target === undefined ? 100 : 1}, and be neither`);
}
