/** The resident memory of a process, looked at four times a second. */

import { readFileSync } from 'node:fs';

export interface Memory extends Disposable {
  readonly peakMiB: number;
  /** Growth in MiB a minute over the newest quarter of what was seen, by least squares. */
  slopeOfLastQuarter(): number;
}

const EVERY_MS = 250;

export function watchMemory(pid: number): Memory {
  const samples: (readonly [minutes: number, mib: number])[] = [];
  const timer = setInterval(() => {
    const mib = residentMiB(pid);
    if (mib !== undefined) samples.push([performance.now() / 60_000, mib]);
  }, EVERY_MS);
  return {
    get peakMiB() {
      return Math.max(...samples.map(([, mib]) => mib));
    },
    slopeOfLastQuarter: () => slopeOf(samples.slice(-Math.ceil(samples.length / 4))),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Undefined once the process is gone. */
function residentMiB(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1_024;
  } catch {
    return undefined;
  }
}

function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
