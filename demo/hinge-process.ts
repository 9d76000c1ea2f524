/** Hinge as a user runs it: `hinge serve` as a process of its own, and the other verbs as commands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './unleash-server/child.ts';

export interface HingePorts {
  readonly otlp: number;
  readonly api: number;
}

export interface HingeProcess extends AsyncDisposable {
  /** Address of the page and the API. */
  readonly url: string;
  readonly pid: number;
  /** Runs a verb with its words; gives the standard output. @throws Error unless it exits with one of `expected` */
  command(words: readonly string[], expected?: readonly number[]): Promise<string>;
  /** Runs a verb on our own terminal. */
  show(words: readonly string[]): Promise<void>;
  get<T>(path: string): Promise<T>;
}

export interface HingeOptions {
  readonly configFile: string;
  readonly logFile: string;
  readonly ports: HingePorts;
  readonly signal: AbortSignal;
}

const HINGE = join(import.meta.dirname, '..', 'hinge.ts');
const TETHER = join(import.meta.dirname, 'tether.ts');
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Nothing regressed, regressed, cannot tell: a report has been made. */
export const REPORT_EXITS = [0, 1, 3] as const;

export async function freePorts(): Promise<HingePorts> {
  return { otlp: await freePort(), api: await freePort() };
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

async function untilUp(child: ChildProcess, url: string, { logFile, signal }: HingeOptions): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await isUp(url))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      const log = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new Error(`hinge serve did not come up; the end of ${logFile}:\n${log}`);
    }
    await sleep(100, undefined, { signal });
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(late);
}

async function run(words: readonly string[], output: 'pipe' | 'inherit', expected: readonly number[]): Promise<string> {
  const child = spawn(process.execPath, [HINGE, ...words], { stdio: ['ignore', output, 'pipe'] });
  const exited = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const [printed, said] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  const code = await exited;
  if (code !== null && expected.includes(code)) return printed;
  throw new Error(`hinge ${words.join(' ')} ended with ${code}: ${said.trim()}`);
}

/** Starts `hinge serve` and waits until it answers; disposing stops it in order. */
export async function startHinge(options: HingeOptions): Promise<HingeProcess> {
  const { configFile, logFile, ports } = options;
  await using log = await open(logFile, 'a');
  const child = spawn(process.execPath, ['--import', TETHER, HINGE, 'serve', '--config', configFile], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  const url = `http://127.0.0.1:${ports.api}`;
  try {
    await untilUp(child, url, options);
  } catch (error) {
    await stop(child);
    throw error;
  }
  return {
    url,
    pid: child.pid ?? 0,
    command: (words, expected = [0]) => run([...words, '--server', url], 'pipe', expected),
    show: async (words) => void (await run([...words, '--server', url], 'inherit', REPORT_EXITS)),
    async get<T>(path: string): Promise<T> {
      const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}
