/** Everything that a run leaves on the machine lies below one folder, and goes with it, however the run ends. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch {
  /** A new folder. */
  folder(name: string): string;
  /** Ends every process that works in the folders, takes mounts away and removes the folders. */
  clear(): void;
}

export function createScratch(): Scratch {
  const root = mkdtempSync(join(tmpdir(), 'hinge-faults-'));
  let folders = 0;
  const clear = () => {
    for (const { pid } of processesIn(root)) endNow(pid);
    for (const mount of mountsBelow(root)) spawnSync('umount', ['--lazy', mount]);
    for (const name of namesIn(root)) remove(join(root, name));
  };
  process.once('exit', () => {
    clear();
    rmSync(root, { recursive: true, force: true });
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  return {
    folder(name) {
      const path = join(root, `${++folders}-${name}`);
      mkdirSync(path);
      return path;
    },
    clear,
  };
}

interface Working {
  readonly pid: number;
  readonly command: string;
}

/** Processes whose arguments name the folder: Hinge by `--data`, an engine by `--path`. This one is not among them. */
function processesIn(folder: string): readonly Working[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
    .filter(({ command }) => command.includes(`${folder}/`) || command.includes(`${folder} `));
}

/** The engine that works on a data folder; undefined between a crash and the restart. */
export function enginePidOf(dataDir: string): number | undefined {
  return processesIn(dataDir).find(({ command }) => command.includes(`--path=${dataDir}/`))?.pid;
}

export function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

function commandOf(pid: string): string {
  try {
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} `;
  } catch {
    return '';
  }
}

function mountsBelow(root: string): readonly string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${root}/`));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A process that was ended may still write its last bytes. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}
