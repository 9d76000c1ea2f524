/** What a process has used so far, from /proc (Linux): processor seconds, pages that it had to be given, and the peak of its resident memory. */

import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time of all threads, in steps of 10 ms. */
  readonly cpuSeconds: number;
  /** Minor ones: pages of memory that the system had to clear and map. */
  readonly pageFaults: number;
  /** VmHWM. */
  readonly peakMiB: number;
}

/** USER_HZ: fixed at 100 on the platforms that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;

export function readUsage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold blanks: fields are counted after it. minflt, utime and stime are fields 10, 14 and 15 of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    pageFaults: Number(fields[7]),
    peakMiB: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024,
  };
}

/** Seconds that all cores of the machine have been busy since it started, with whatever. */
export function readBusySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = readFileSync(
    '/proc/stat',
    'utf8',
  )
    .split('\n', 1)
    .join()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + interrupts + softInterrupts + stolen) / TICKS_PER_SECOND;
}

/** The process ids of the children of a process. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
}
