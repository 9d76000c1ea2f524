/** Child processes that are waited for and ended. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the exit code or the signal's name. */
  readonly ended: Promise<string>;
  stop(signal: NodeJS.Signals): Promise<void>;
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

const LONGEST_STOP_MS = 10_000;

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Starts a process in a group of its own, so that Ctrl-C reaches its owner alone, which ends it in good order. */
export async function start(
  command: string,
  args: readonly string[],
  logFile: string,
  options: SpawnOptions,
): Promise<Child> {
  const log: FileHandle = await open(logFile, 'a');
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log.fd, log.fd] });
  const ended = Promise.withResolvers<string>();
  const spawned = Promise.withResolvers<void>();
  child.once('exit', (code, signal) => ended.resolve(signal ?? String(code)));
  child.once('spawn', spawned.resolve).once('error', spawned.reject);
  await spawned.promise.finally(() => log.close());
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (isRunning(child)) child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP_MS);
    await ended.promise;
    clearTimeout(late);
  };
  return {
    pid: child.pid ?? 0,
    ended: ended.promise,
    stop,
    [Symbol.asyncDispose]: () => stop('SIGTERM'),
  };
}

/** Waits until `isReady`; throws with the end of the log when the process ends first, takes too long, or `stop` aborts. */
export async function untilReady(
  name: string,
  child: Child,
  logFile: string,
  limit: { readonly timeoutMs: number; readonly stop: AbortSignal },
  isReady: () => Promise<boolean>,
): Promise<void> {
  let end: string | undefined;
  child.ended.then((how) => {
    end = `ended with ${how}`;
  });
  const deadline = performance.now() + limit.timeoutMs;
  while (!(await isReady())) {
    limit.stop.throwIfAborted();
    if (performance.now() > deadline) end ??= `was not ready within ${limit.timeoutMs} ms`;
    if (end !== undefined) {
      const log = await readFile(logFile, 'utf8');
      throw new Error(`${name} ${end}:\n${log.trim().split('\n').slice(-15).join('\n')}`);
    }
    await pause(25);
  }
}
