/** A reading of all processors' time around a load, and what was spent between two readings. */

import { readBusySeconds, readUsage, type Usage } from '../support/usage.ts';

interface Processes {
  /** Undefined when bodies go straight to the engine. */
  readonly receiverPid: number | undefined;
  readonly enginePid: number;
}

const NOTHING: Usage = { cpuSeconds: 0, pageFaults: 0, peakMiB: 0 };

export interface Reading {
  readonly receiver: Usage;
  readonly engine: Usage;
  readonly senderCpuSeconds: number;
  readonly busySeconds: number;
}

export function readingOf({ receiverPid, enginePid }: Processes): Reading {
  const sender = process.cpuUsage();
  return {
    receiver: receiverPid === undefined ? NOTHING : readUsage(receiverPid),
    engine: readUsage(enginePid),
    senderCpuSeconds: (sender.user + sender.system) / 1e6,
    busySeconds: readBusySeconds(),
  };
}

export function spentBetween(before: Reading, after: Reading, wallSeconds: number) {
  const receiverCpuSeconds = after.receiver.cpuSeconds - before.receiver.cpuSeconds;
  const engineCpuSeconds = after.engine.cpuSeconds - before.engine.cpuSeconds;
  const senderCpuSeconds = after.senderCpuSeconds - before.senderCpuSeconds;
  const ours = receiverCpuSeconds + engineCpuSeconds + senderCpuSeconds;
  const otherCores = Math.max(0, after.busySeconds - before.busySeconds - ours) / wallSeconds;
  return { receiverCpuSeconds, engineCpuSeconds, senderCpuSeconds, otherCores };
}
