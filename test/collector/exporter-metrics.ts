/** Metrics of the SDK for JavaScript: every instrument and aggregation, and what it can measure. */

import {
  type Attributes,
  type Counter,
  type Histogram,
  type Meter,
  type MetricOptions,
  type Observable,
  ValueType,
} from '@opentelemetry/api';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { AggregationType, type ViewOptions } from '@opentelemetry/sdk-metrics';
import type { Combination } from '../support/combinations.ts';
import { ATTRIBUTES } from './exporter-spans.ts';

type Take = (value: number, attributes: Attributes) => void;
/** Makes an instrument of which `all` says what it takes; returns what records that once, if the SDK does not ask for it. */
type Make = (meter: Meter, name: string, options: MetricOptions, all: (take: Take) => void) => () => void;
interface Instrument {
  /** Of its values: some go down. */
  readonly sign: 1 | -1;
  readonly make: Make;
  readonly aggregation?: NonNullable<ViewOptions['aggregation']>;
}

const adding = (counter: Counter, all: (take: Take) => void) => () => all((value, at) => counter.add(value, at));
const recording = (histogram: Histogram, all: (take: Take) => void) => () =>
  all((value, at) => histogram.record(value, at));
const observing = (observable: Observable, all: (take: Take) => void) => {
  observable.addCallback((result) => all((value, at) => result.observe(value, at)));
  return () => {};
};
const counter: Make = (meter, name, options, all) => adding(meter.createCounter(name, options), all);
const upDownCounter: Make = (meter, name, options, all) => adding(meter.createUpDownCounter(name, options), all);
const histogram: Make = (meter, name, options, all) => recording(meter.createHistogram(name, options), all);

const explicit = (boundaries: number[], recordMinMax = true) =>
  ({ type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries, recordMinMax } }) as const;
const exponential = (options: { readonly maxSize?: number; readonly recordMinMax?: boolean }) =>
  ({ type: AggregationType.EXPONENTIAL_HISTOGRAM, options }) as const;

/** The SDK leaves out min and max where it is told to, and the sum of what may go down. */
const INSTRUMENTS: readonly Instrument[] = [
  { sign: 1, make: counter },
  { sign: -1, make: upDownCounter },
  { sign: 1, make: (meter, name, options, all) => recording(meter.createGauge(name, options), all) },
  { sign: 1, make: (meter, name, options, all) => observing(meter.createObservableCounter(name, options), all) },
  { sign: 1, make: (meter, name, options, all) => observing(meter.createObservableUpDownCounter(name, options), all) },
  { sign: -1, make: (meter, name, options, all) => observing(meter.createObservableGauge(name, options), all) },
  { sign: 1, make: histogram, aggregation: explicit([0.5, 10, 1000]) },
  { sign: 1, make: histogram, aggregation: explicit([]) },
  { sign: 1, make: histogram, aggregation: explicit([10], false) },
  { sign: -1, make: upDownCounter, aggregation: explicit([-5, 0]) },
  { sign: 1, make: histogram, aggregation: exponential({}) },
  { sign: 1, make: histogram, aggregation: exponential({ maxSize: 4, recordMinMax: false }) },
  { sign: -1, make: upDownCounter, aggregation: exponential({}) },
];

/** The SDK for JavaScript makes no exemplars (sdk-metrics 3.1). */
export const METRIC_DIMENSIONS = {
  temporality: [
    AggregationTemporalityPreference.DELTA,
    AggregationTemporalityPreference.CUMULATIVE,
    AggregationTemporalityPreference.LOWMEMORY,
  ],
  instrument: INSTRUMENTS,
  /** Whole-number instruments lose the fractions of their values in the SDK. */
  valueType: [ValueType.INT, ValueType.DOUBLE],
  values: [[3], [0], [1, 250.5, 4_000], [0.5, 2 ** 40], [Number.MAX_SAFE_INTEGER]],
  attributes: ATTRIBUTES,
  text: [
    { description: '', unit: '' },
    { description: 'orders "paid"', unit: '{order}' },
  ],
  scope: [
    { name: 'orders', version: '0.9', schemaUrl: '' },
    { name: 'other', version: '', schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' },
  ],
} as const;

export interface MetricCase {
  readonly name: string;
  readonly values: Combination<typeof METRIC_DIMENSIONS>;
}

/** What a provider must know before the instruments are made. */
export function viewsOf(cases: readonly MetricCase[]): ViewOptions[] {
  return cases.flatMap(({ name, values: { instrument } }) =>
    instrument.aggregation === undefined ? [] : [{ instrumentName: name, aggregation: instrument.aggregation }],
  );
}

/** Each call of what is returned records the values of the case. */
export function makeInstrument({ name, values: of }: MetricCase, meter: Meter): () => void {
  const { instrument, attributes, valueType, text } = of;
  return instrument.make(meter, name, { ...text, valueType }, (take) => {
    // Adding 0 makes 0 of minus zero, which the exporter for JSON cannot write.
    for (const value of of.values) take(value * instrument.sign + 0, attributes[0] as Attributes);
  });
}
