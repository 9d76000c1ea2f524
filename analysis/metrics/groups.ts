/** Series that are one thing measured on many instances: what is compared as a whole, as an endpoint is. */

import type { Cell, EndpointKey, ExplicitSlot, ExponentialSlot, MetricSeries, MetricSlots } from '../../model.ts';
import { type Meaning, meaningOf } from './meaning.ts';

export type Kind = MetricSlots['kind'];

/** One slot of one instance, as far as its kind of metric tells. `durations` stays empty: buckets are in `parts`. */
export interface MetricCell extends Cell {
  /** Values that did not fail, by the sender's buckets. */
  readonly parts: readonly (ExplicitSlot | ExponentialSlot)[];
  /** What adds up (a sum's growth, the total of durations, a gauge's mean), and over what (seconds, calls, readings). */
  readonly amount: number;
  readonly exposure: number;
  /** Quantiles as a summary reports them. */
  readonly quantiles: ReadonlyMap<number, number>;
}

export interface MetricGroup {
  readonly key: EndpointKey;
  readonly name: string;
  readonly unit: string;
  readonly kind: Kind;
  readonly meaning: Meaning;
  /** Whether attributes tell which calls failed. */
  readonly tellsFailures: boolean;
  readonly cells: readonly MetricCell[];
}

/** What becomes of a call, and not which call it is. */
const OUTCOMES = [
  'error.type',
  'http.response.status_code',
  'http.status_code',
  'rpc.grpc.status_code',
  'rpc.response.status_code',
];

/** In order of service and name. Of two metrics that measure the same calls, an older name beside a newer, the one in seconds stays. */
export function groupsOf(series: readonly MetricSeries[]): MetricGroup[] {
  const groups = [...Map.groupBy(series, idOf)].sort(([one], [other]) => (one < other ? -1 : 1));
  const made = groups.flatMap(([, members]) => groupOf(members));
  const measured = new Set(made.filter(({ unit }) => unit === 's').map(sameCalls));
  return made.filter(
    (group) => group.meaning.role !== 'request' || group.unit === 's' || !measured.has(sameCalls(group)),
  );
}

const sameCalls = ({ key, meaning }: MetricGroup) =>
  JSON.stringify([meaning.role, key.service, key.kind, key.endpoint, key.peer]);

function idOf(series: MetricSeries): string {
  const { service, name, unit, kind } = series;
  const { endpoint, peer } = keyOf(series, meaningOf(series));
  // A sender that changed its buckets still measures the same: that they cannot be joined is for the comparison to say.
  const form = kind === 'exponential' ? 'explicit' : kind;
  return JSON.stringify([service, name, unit, form, endpoint, peer]);
}

function groupOf(members: readonly MetricSeries[]): MetricGroup[] {
  const any = members[0];
  if (any === undefined) return [];
  const { name, unit, kind } = any;
  const meaning = meaningOf(any);
  const key = keyOf(any, meaning);
  const tellsFailures = members.some(({ attributes }) => OUTCOMES.some((outcome) => outcome in attributes));
  return [{ key, name, unit, kind, meaning, tellsFailures, cells: members.flatMap((each) => cellsOf(each, key)) }];
}

/** Requests have the keys of their spans; other metrics have their attributes for an endpoint. */
function keyOf({ service, endpoint, peer, attributes }: MetricSeries, { role, kind }: Meaning): EndpointKey {
  if (role === 'request')
    return { service, endpoint, kind, peer: kind === 'SERVER' || kind === 'CONSUMER' ? '' : peer };
  const words = Object.entries(attributes)
    .filter(([attribute]) => !OUTCOMES.includes(attribute))
    .map(([attribute, value]) => `${attribute}=${value}`)
    .sort();
  return { service, endpoint: words.join(', '), kind, peer };
}

const EMPTY = { buckets: [], counts: [] };

function cellsOf(series: MetricSeries, key: EndpointKey): MetricCell[] {
  const { build, instance, failed } = series;
  const cell = (slotMs: number, calls: number, more: Partial<MetricCell>): MetricCell => ({
    ...{
      ...key,
      build,
      variant: '',
      instance,
      slotMs,
      calls,
      errors: failed ? calls : 0,
      retries: 0,
      logicalCalls: calls,
    },
    ...{ durations: EMPTY, retryGaps: EMPTY, parts: [], amount: 0, exposure: 0, quantiles: new Map(), ...more },
  });
  switch (series.kind) {
    case 'explicit':
    case 'exponential':
      return series.slots.map((slot) =>
        cell(slot.slotMs, slot.count, failed ? {} : { parts: [slot], amount: slot.sum, exposure: slot.count }),
      );
    case 'sum':
      return series.slots.map(({ slotMs, delta, seconds }) => cell(slotMs, 0, { amount: delta, exposure: seconds }));
    case 'gauge':
      return series.slots.map(({ slotMs, mean }) => cell(slotMs, 0, { amount: mean, exposure: 1 }));
    case 'summary':
      return series.slots.map(({ slotMs, count, sum, quantiles, values }) => {
        const reported = new Map(quantiles.map((quantile, index) => [quantile, values[index] ?? 0]));
        return cell(slotMs, count, { amount: sum, exposure: count, quantiles: reported });
      });
  }
}
