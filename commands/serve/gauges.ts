/** Hinge's own figures, as OpenTelemetry metrics behind /metrics. */

import type { Meter } from '@opentelemetry/api';
import type { Counters } from '../../collector/counters.ts';
import type { ControllerState } from '../../model.ts';

export interface Figures {
  readonly collector: () => Counters;
  readonly sealedSlots: () => number;
  readonly sealLagMs: () => number | null;
  readonly flags: () => readonly {
    readonly flag: string;
    readonly environment: string;
    readonly state: ControllerState;
  }[];
}

/** Registers observers: nothing is counted twice, each figure is read where it is kept when somebody asks. */
export function observe(meter: Meter, figures: Figures): void {
  observeSignals(meter, figures.collector);
  const counter = (name: string, unit: string, description: string, read: () => number | null) =>
    meter.createObservableCounter(name, { unit, description }).addCallback((result) => {
      const value = read();
      if (value !== null) result.observe(value);
    });
  const gauge = (name: string, unit: string, description: string, read: () => number | null) =>
    meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
      const value = read();
      if (value !== null) result.observe(value);
    });
  counter(
    'hinge.store.sealed_slots',
    '{slot}',
    'Slots sealed since the start, first time and again',
    figures.sealedSlots,
  );
  gauge('hinge.store.seal_lag', 'ms', 'From the end of the newest sealed slot to now', figures.sealLagMs);
  for (const [name, [unit, description, read]] of Object.entries(COLLECTOR_GAUGES)) {
    gauge(`hinge.collector.${name}`, unit, description, () => read(figures.collector()));
  }
  for (const [name, [unit, description, read]] of Object.entries(COLLECTOR_COUNTERS)) {
    counter(`hinge.collector.${name}`, unit, description, () => read(figures.collector()));
  }
  meter
    .createObservableGauge('hinge.flags.state', { description: '1 for the state that each flag is in' })
    .addCallback((result) => {
      for (const { flag, environment, state } of figures.flags()) result.observe(1, { flag, environment, state });
    });
}

type Read = readonly [unit: string, description: string, read: (counters: Counters) => number];

const COLLECTOR_GAUGES: Readonly<Record<string, Read>> = {
  receiving: ['By', 'Bytes of request bodies being read and decoded', (counters) => counters.receivingBytes],
  queue: ['By', 'Bytes of rows that wait for their commit', (counters) => counters.queueBytes],
  last_commit: ['ms', 'How long the last insert took', (counters) => counters.lastCommitMs],
};

const COLLECTOR_COUNTERS: Readonly<Record<string, Read>> = {
  commits: ['{insert}', 'Inserts that the store committed', (counters) => counters.commits],
  failed_commits: ['{insert}', 'Inserts that failed; each is tried again', (counters) => counters.failedCommits],
  commit_time: ['ms', 'How long all inserts took together', (counters) => counters.totalCommitMs],
};

const PER_SIGNAL = {
  requests: ['{request}', 'Export requests'],
  received: ['{item}', 'Spans or data points decoded'],
  accepted: ['{item}', 'Spans or data points committed before their request was answered'],
  rejected: ['{item}', 'Spans or data points left out, which the sender was told'],
  truncated: ['{item}', 'Texts, values and attributes cut at the limits'],
  refused: ['{request}', 'Requests that may be sent again: 429 and 503'],
  invalid: ['{request}', 'Requests that may not be sent again: 400, 405, 413, 415'],
  aborted: ['{request}', 'Requests whose sender went away'],
} as const;

function observeSignals(meter: Meter, read: () => Counters): void {
  for (const [figure, [unit, description]] of Object.entries(PER_SIGNAL)) {
    meter.createObservableCounter(`hinge.collector.${figure}`, { unit, description }).addCallback((result) => {
      for (const [signal, counters] of Object.entries(read().signals)) {
        result.observe(counters[figure as keyof typeof PER_SIGNAL], { signal });
      }
    });
  }
}
