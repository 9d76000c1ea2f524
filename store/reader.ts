/** What a report reads of a store, and a way to read it over connections of one's own: nothing is made or written. */

import type { Cell, Connection, EventCounts, SelfTimeCell, Slo, TimeRange } from '../model.ts';
import { connectDatabase, type Database } from './connect.ts';
import {
  countEvents,
  countEventsByInstance,
  countEventsBySecond,
  type EventsOfInstance,
  readVariantInstances,
  type SecondOfEvents,
} from './events.ts';
import { type ExemplarQuery, readExemplars } from './exemplars.ts';
import { createJournal, type Journal } from './journal.ts';
import { type MetricRead, readMetricSeries } from './metrics/series.ts';
import { readCells, readSelfTimes } from './read-cells.ts';
import { findFacts } from './spans.ts';
import { readStatus, type StoreStatus } from './status.ts';
import { createUpgrades, type Upgrades } from './upgrades.ts';
import { type Cutting, createDerivation, type Derivation } from './window.ts';

export interface Readable {
  /** Cells whose `slotMs` is in the range, ordered by slot and key. A slot that begins before the range is not in it. */
  cells(range: TimeRange): Promise<readonly Cell[]>;
  selfTimes(range: TimeRange): Promise<readonly SelfTimeCell[]>;
  /** Metrics of the slots that begin in any of the ranges, series by series; the number of series is capped. */
  metricSeries(ranges: readonly TimeRange[], mostSeries?: number): Promise<MetricRead>;
  /** For each that is asked about, ids of traces that show the signal best: slowest, failed or retried; the same for the same data. */
  exemplars(query: ExemplarQuery): Promise<string[][]>;
  /** Good and all events of an SLO in each of the ranges, one or more, straight from the spans, which are read once. */
  eventCounts(slo: Slo, ranges: readonly TimeRange[]): Promise<EventCounts[]>;
  /** The same by build and instance, beside the variant of a flag that each instance reported in the range. */
  eventsByInstance(slo: Slo, flagKey: string, range: TimeRange): Promise<EventsOfInstance[]>;
  /** The same second by second, in order; seconds without events are left out. */
  eventSeries(slo: Slo, range: TimeRange): Promise<SecondOfEvents[]>;
  /** Instances of a service that reported each variant of a flag, by variant. */
  variantInstances(
    service: string,
    flagKey: string,
    range: TimeRange,
  ): Promise<{ variant: string; instances: number }[]>;
  status(): Promise<StoreStatus>;
  readonly upgrades: Pick<Upgrades, 'list'>;
  readonly journal: Pick<Journal, 'read'>;
}

export function createReads(database: Database, derivation: Derivation) {
  return {
    cells: (range) => readCells(database, derivation, range),
    selfTimes: (range) => readSelfTimes(database, derivation, range),
    metricSeries: (ranges, mostSeries) => readMetricSeries(database, derivation, ranges, mostSeries),
    exemplars: (query) => readExemplars(database, derivation, query),
    eventCounts: (slo, ranges) => countEvents(database, derivation, slo, ranges),
    eventsByInstance: (slo, flagKey, range) => countEventsByInstance(database, derivation, slo, flagKey, range),
    eventSeries: (slo, range) => countEventsBySecond(database, derivation, slo, range),
    variantInstances: (service, flagKey, range) => readVariantInstances(database, derivation, service, flagKey, range),
    status: () => readStatus(database, derivation),
    upgrades: createUpgrades(database),
    journal: createJournal(database),
  } satisfies Readable;
}

/** The cutting must be that of the store: slots that were sealed by another one do not count. Plain data. */
export interface ReaderOptions extends Cutting {
  readonly connection: Connection;
  /** Opened as a store before: its tables are there. */
  readonly database: string;
}

export interface Reader extends Readable, AsyncDisposable {}

/** @throws HingeError STORE_UNAVAILABLE (retryable), STORE_REFUSED */
export async function openReader({ connection, database: name, ...cutting }: ReaderOptions): Promise<Reader> {
  const database = connectDatabase(connection, name);
  try {
    const reads = createReads(database, createDerivation(cutting, await findFacts(database)));
    return { ...reads, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
