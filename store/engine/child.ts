/** One run of the engine's child process: spawning it, waiting until it answers, saying why it ended, and ending it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from '@clickhouse/client';
import { HingeError, messageOf } from '../../errors.ts';
import type { Connection } from '../../model.ts';
import type { EngineFiles } from './files.ts';

export interface EngineChild {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  running(): boolean;
  /** Why it ended, from what it wrote to standard error. */
  reason(): HingeError;
  stop(): Promise<void>;
}

/** The sibling with this module's own extension: `.ts` in the sources, `.js` in the published build. */
const ENTRY = fileURLToPath(new URL(`./process${extname(import.meta.url)}`, import.meta.url));

/** The last query reads standard input, so the engine ends when its parent does. */
const QUERY = 'SYSTEM START LISTEN HTTP; SELECT count() FROM table FORMAT Null';
const STDERR_KEPT = 8_192;
/**
 * For jemalloc: freed memory stays for ten minutes instead of five seconds, because sealing wants as much again every minute, and
 * to have it from the system anew costs a tenth to a quarter of sealing. Without a threshold, because pieces over it are
 * given back at once; some threads do so all the same unless others, in the background, give back. Of what lies idle and is more
 * than a fifth of what the engine may take ClickHouse gives back sooner.
 */
const MEMORY = 'dirty_decay_ms:600000,oversize_threshold:0,background_thread:true';

export function spawnEngine(library: string, files: EngineFiles, port: number, dataDir: string): EngineChild {
  const argv = [
    'clickhouse',
    `--path=${files.storage}`,
    `--http_port=${port}`,
    '--listen_host=127.0.0.1',
    `--config-file=${files.config}`,
    '--input-format=LineAsString',
    '--structure=line String',
    '--query',
    QUERY,
  ];
  const child = spawn(process.execPath, [ENTRY, library, ...argv], {
    cwd: files.workingDirectory,
    env: { PATH: process.env.PATH ?? '', TZ: 'UTC', JE_MALLOC_CONF: MEMORY },
    stdio: ['pipe', 'ignore', 'pipe'],
    // Its own process group: Ctrl-C in a terminal reaches Hinge, which still has to drain into the engine.
    detached: true,
  });
  child.stdin?.on('error', () => {});
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const settle = () => {
      running = false;
      resolve();
    };
    child.once('close', settle).once('error', settle);
  });
  return {
    pid: child.pid ?? -1,
    ended,
    running: () => running,
    reason: () => explainExit(stderr, child, { dataDir, port }),
    stop: () => stopChild(child, ended),
  };
}

/**
 * Resolves once the engine answers a query of its own user.
 * @throws HingeError with the engine's reason when it ends, or ENGINE_FAILED after `timeoutMs`.
 */
export async function waitUntilReady(child: EngineChild, connection: Connection, timeoutMs: number): Promise<void> {
  const client = createClient({ ...connection, request_timeout: 5_000, log: { level: 127 } });
  try {
    for (const until = Date.now() + timeoutMs; Date.now() < until; ) {
      if (!child.running()) throw child.reason();
      if ((await client.ping({ select: true })).success) return;
      await Promise.race([sleep(25), child.ended]);
    }
    throw new HingeError(
      'ENGINE_FAILED',
      `the embedded ClickHouse did not answer within ${timeoutMs / 1000} s: check the load of this machine and the free space of the data folder`,
      { retryable: true },
    );
  } finally {
    await client.close();
  }
}

/**
 * End of input ends the engine in order but takes about five seconds; what was acknowledged is committed, so a signal
 * may follow soon.
 */
async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const steps: readonly [action: () => void, patienceMs: number][] = [
    [() => child.stdin?.end(), 250],
    [() => child.kill('SIGTERM'), 5_000],
    [() => child.kill('SIGKILL'), 5_000],
  ];
  for (const [action, patienceMs] of steps) {
    action();
    const patience = new AbortController();
    const outcome = await Promise.race([
      ended.then(() => 'ended' as const),
      sleep(patienceMs, 'waiting' as const, { signal: patience.signal }).catch(() => 'ended' as const),
    ]);
    patience.abort();
    if (outcome === 'ended') return;
  }
}

const EXPLANATIONS: readonly [RegExp, (at: { dataDir: string; port: number }) => HingeError][] = [
  [
    /Address already in use|EADDRINUSE|\(NETWORK_ERROR\)/,
    ({ port }) =>
      new HingeError('PORT_IN_USE', `another process listens on 127.0.0.1:${port}: choose another port (store.port)`),
  ],
  [
    /Cannot lock file/,
    ({ dataDir }) =>
      new HingeError(
        'DATA_FOLDER_IN_USE',
        `the data folder ${dataDir} is in use by another process: stop it, or choose another folder with --data DIR`,
      ),
  ],
  [
    /Suspiciously many|TOO_MANY_UNEXPECTED_DATA_PARTS|Code: 231/,
    ({ dataDir }) =>
      new HingeError(
        'ENGINE_FAILED',
        `ClickHouse refuses to open ${dataDir} because many parts are broken, as after a loss of power (code 231): run \`hinge doctor --repair\`, which sets broken parts aside and starts`,
      ),
  ],
];

function explainExit(stderr: string, child: ChildProcess, at: { dataDir: string; port: number }): HingeError {
  const known = EXPLANATIONS.find(([pattern]) => pattern.test(stderr));
  if (known !== undefined) return known[1](at);
  const how = child.signalCode ?? `exit code ${child.exitCode ?? 'unknown'}`;
  const said = messageOf(stderr).slice(-500);
  return new HingeError(
    'ENGINE_FAILED',
    `the embedded ClickHouse on ${at.dataDir} ended (${how})${said === '' ? '' : `: ${said}`}`,
    {
      retryable: true,
    },
  );
}

/** A port of the loopback interface that is free at this moment. */
export async function choosePort(wanted: number | undefined): Promise<number> {
  const server = createServer().listen(wanted ?? 0, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new HingeError(
      'PORT_IN_USE',
      `another process listens on 127.0.0.1:${wanted}: choose another port (store.port)`,
      { cause },
    );
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : (wanted ?? 0);
}
