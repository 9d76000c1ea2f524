/** Metrics: what the analysis eats where there are no traces. */

/** Whose measurements a series holds, and of what. */
export interface SeriesKey {
  readonly service: string;
  readonly build: string;
  readonly instance: string;
  readonly name: string;
  /** UCUM as sent: `s`, `ms`, `By`, `1`, `{request}`. */
  readonly unit: string;
  /** All of the point's attributes, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Low-cardinality name of the operation where attributes give one, as for spans; else empty. */
  readonly endpoint: string;
  /** The other end where attributes name it (`server.address`, `peer.service`); else empty. */
  readonly peer: string;
  /** Whether attributes say that what was measured failed (`error.type`, a status of 5xx); false where they say nothing. */
  readonly failed: boolean;
}

/** Counts of a slot between the sender's bounds: counts[i] in (bounds[i-1], bounds[i]], the last above all of them. */
export interface ExplicitSlot {
  readonly slotMs: number;
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** Sparse exponential histogram of a slot: bucket i counts values in (2^(i/2^scale), 2^((i+1)/2^scale)]. */
export interface ExponentialSlot {
  readonly slotMs: number;
  readonly count: number;
  readonly sum: number;
  readonly scale: number;
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
  /** How many were at zero or below. */
  readonly zeros: number;
}

/** What a monotonic sum grew by in a slot, and the seconds over which it did. */
export interface SumSlot {
  readonly slotMs: number;
  readonly delta: number;
  readonly seconds: number;
}

/** Readings of a gauge, or of a sum that also falls, in a slot. */
export interface GaugeSlot {
  readonly slotMs: number;
  readonly mean: number;
  readonly max: number;
  readonly last: number;
}

/** Count and sum of a slot; the quantiles are the sender's, of whatever time it chose: they cannot be added up. */
export interface SummarySlot {
  readonly slotMs: number;
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly number[];
  readonly values: readonly number[];
}

export type MetricSlots =
  | { readonly kind: 'explicit'; readonly slots: readonly ExplicitSlot[] }
  | { readonly kind: 'exponential'; readonly slots: readonly ExponentialSlot[] }
  | { readonly kind: 'sum'; readonly slots: readonly SumSlot[] }
  | { readonly kind: 'gauge'; readonly slots: readonly GaugeSlot[] }
  | { readonly kind: 'summary'; readonly slots: readonly SummarySlot[] };

/** One series, slot by slot in order of time; cumulative points are taken apart into what each slot added. */
export type MetricSeries = SeriesKey & MetricSlots;
