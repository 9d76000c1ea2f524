/** One measurement: a warm-up, the load between two readings of the processes, then the merges that follow. */

import type { ClickHouseClient } from '@clickhouse/client';
import { drive, type Send, type Shipment } from '../support/load.ts';
import { readUsage } from '../support/usage.ts';
import { readingOf, spentBetween } from './reading.ts';
import { mergeAll, storedOf } from './stored.ts';

/** A way from bodies to rows, running. */
export interface Way {
  readonly send: Send;
  readonly lanes: number;
  /** What a body gives; a fresh supply for the warm-up and one for the measurement. */
  readonly warmUp: () => Shipment | undefined;
  readonly begin: () => void;
  readonly next: () => Shipment | undefined;
  /** Process id of what receives; undefined when bodies go straight to the engine. */
  readonly receiverPid: number | undefined;
  readonly enginePid: number;
  readonly client: ClickHouseClient;
  readonly database: string;
  /** The tables whose rows are the items. */
  readonly tables: readonly string[];
  /** Merges wait until the load is over, so that their time stands apart in full. */
  readonly holdsMerges: boolean;
}

export interface Measurement {
  readonly items: number;
  readonly wallSeconds: number;
  readonly receiverCpuSeconds: number;
  readonly engineCpuSeconds: number;
  /** Of this process, which makes the bodies fresh and sends them. */
  readonly senderCpuSeconds: number;
  /** Cores that were busy with anything else on the machine: other people's work, and the kernel's own. */
  readonly otherCores: number;
  /** From the last acknowledgement until every table is one part a partition. */
  readonly mergeCpuSeconds: number;
  readonly receiverPeakMiB: number;
  readonly enginePeakMiB: number;
  /** Of the items' own tables, and of all tables of the database that the load filled; after the merges. */
  readonly tableBytesPerItem: number;
  readonly bytesPerItem: number;
  readonly bytesPerItemBeforeMerges: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly repeats: number;
}

export async function measure(way: Way): Promise<Measurement> {
  if (way.holdsMerges) await way.client.command({ query: 'SYSTEM STOP MERGES' });
  const warm = await drive(way.send, way.lanes, way.warmUp);
  way.begin();
  const before = readingOf(way);
  const load = await drive(way.send, way.lanes, way.next);
  const after = readingOf(way);
  const stored = await storedOf(way);
  const sent = warm.items + load.items;
  if (stored.items !== sent) throw new Error(`${sent} items were acknowledged, ${stored.items} are stored`);
  if (way.holdsMerges) await way.client.command({ query: 'SYSTEM START MERGES' });
  await mergeAll(way);
  const merged = await storedOf(way);
  return {
    items: load.items,
    wallSeconds: load.wallSeconds,
    ...spentBetween(before, after, load.wallSeconds),
    mergeCpuSeconds: readUsage(way.enginePid).cpuSeconds - after.engine.cpuSeconds,
    receiverPeakMiB: after.receiver.peakMiB,
    enginePeakMiB: after.engine.peakMiB,
    tableBytesPerItem: merged.tableBytes / sent,
    bytesPerItem: merged.bytes / sent,
    bytesPerItemBeforeMerges: stored.bytes / sent,
    ackP50Ms: percentile(load.ackMs, 0.5),
    ackP99Ms: percentile(load.ackMs, 0.99),
    repeats: load.repeats,
  };
}

/** Of ascending values; nearest rank. */
function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}
