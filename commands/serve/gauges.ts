/** Hinge's own figures, as OpenTelemetry metrics behind /metrics. */

import type { Meter } from '@opentelemetry/api';
import type { Counters } from '../../collector/counters.ts';
import type { OutcomeSummary } from '../../flags/outcome-summary.ts';
import type { ControllerState } from '../../model.ts';

export interface Figures {
  /** Undefined where Hinge takes no telemetry itself: then it has no figures of that. */
  readonly collector: () => Counters | undefined;
  readonly sealedSlots: () => number;
  readonly sealLagMs: () => number | null;
  readonly flags: () => readonly {
    readonly flag: string;
    readonly environment: string;
    readonly state: ControllerState;
  }[];
  /** Null before the journal was read. */
  readonly outcomes: () => OutcomeSummary | null;
}

/** Name, unit and description. */
type Words = readonly [unit: string, description: string];

const COLLECTOR_GAUGES: Readonly<Record<string, readonly [...Words, read: (counters: Counters) => number]>> = {
  receiving: ['By', 'Bytes of request bodies being read and decoded', (counters) => counters.receivingBytes],
  queue: ['By', 'Bytes of rows that wait for their commit', (counters) => counters.queueBytes],
  last_commit: ['ms', 'How long the last insert took', (counters) => counters.lastCommitMs],
};

const COLLECTOR_COUNTERS: typeof COLLECTOR_GAUGES = {
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
} as const satisfies Record<string, Words>;

const OUTCOME_GAUGES: Readonly<Record<string, readonly [...Words, read: (summary: OutcomeSummary) => number | null]>> =
  {
    time_to_detect: ['ms', 'Median from the start of an upgrade to the confirmed breach', ({ detectMs }) => detectMs],
    time_to_decide: ['ms', 'Median from the confirmed breach to the change', ({ decideMs }) => decideMs],
    time_to_publish: ['ms', 'Median from the change until applications have it', ({ publishMs }) => publishMs],
    time_to_recover: ['ms', 'Median from the change until recovery is proved', ({ recoverMs }) => recoverMs],
    false_rollback_rate: [
      '1',
      'Changes that did not help or were undone, of those that ended',
      (all) => all.falseRollbackRate,
    ],
  };

function observeOutcomes(meter: Meter, { outcomes }: Figures): void {
  const { gauge } = kindsOf(meter);
  for (const [name, [unit, description, read]] of Object.entries(OUTCOME_GAUGES)) {
    gauge(`hinge.flags.${name}`, [unit, description], () => {
      const summary = outcomes();
      return summary === null ? null : read(summary);
    });
  }
  const description = 'Changes of flags by what became of them';
  meter.createObservableGauge('hinge.flags.changes', { unit: '{change}', description }).addCallback((result) => {
    for (const [outcome, count] of Object.entries(outcomes()?.counts ?? {})) result.observe(count, { outcome });
  });
}

/** Registers observers: nothing is counted twice, each figure is read where it is kept when somebody asks. */
export function observe(meter: Meter, figures: Figures): void {
  const { counter, gauge } = kindsOf(meter);
  for (const [name, [unit, description, read]] of Object.entries(COLLECTOR_GAUGES)) {
    gauge(`hinge.collector.${name}`, [unit, description], () => ofCollector(figures, read));
  }
  for (const [name, [unit, description, read]] of Object.entries(COLLECTOR_COUNTERS)) {
    counter(`hinge.collector.${name}`, [unit, description], () => ofCollector(figures, read));
  }
  observeSignals(meter, figures);
  observeOutcomes(meter, figures);
  const slots = 'Slots sealed since the start, first time and again';
  counter('hinge.store.sealed_slots', ['{slot}', slots], figures.sealedSlots);
  gauge('hinge.store.seal_lag', ['ms', 'From the end of the newest sealed slot to now'], figures.sealLagMs);
  meter
    .createObservableGauge('hinge.flags.state', { description: '1 for the state that each flag is in' })
    .addCallback((result) => {
      for (const { flag, environment, state } of figures.flags()) result.observe(1, { flag, environment, state });
    });
}

function ofCollector({ collector }: Figures, read: (counters: Counters) => number): number | null {
  const counters = collector();
  return counters === undefined ? null : read(counters);
}

/** Null is no figure at all. */
function kindsOf(meter: Meter) {
  type Observe = (name: string, words: Words, read: () => number | null) => void;
  const observing = (kind: 'createObservableCounter' | 'createObservableGauge'): Observe => {
    return (name, [unit, description], read) =>
      meter[kind](name, { unit, description }).addCallback((result) => {
        const value = read();
        if (value !== null) result.observe(value);
      });
  };
  return { counter: observing('createObservableCounter'), gauge: observing('createObservableGauge') };
}

function observeSignals(meter: Meter, { collector }: Figures): void {
  for (const [figure, [unit, description]] of Object.entries(PER_SIGNAL)) {
    meter.createObservableCounter(`hinge.collector.${figure}`, { unit, description }).addCallback((result) => {
      for (const [signal, counters] of Object.entries(collector()?.signals ?? {})) {
        result.observe(counters[figure as keyof typeof PER_SIGNAL], { signal });
      }
    });
  }
}
