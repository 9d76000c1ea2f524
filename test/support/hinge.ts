/** Runs the command `hinge` as people do: a process of its own, its output and its exit code. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENTRY = join(import.meta.dirname, '../../hinge.ts');

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `hinge` to its end. */
export async function hinge(argv: readonly string[], environment: Record<string, string> = {}): Promise<Finished> {
  const child = spawn(process.execPath, [ENTRY, ...argv], {
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: out(), err: err() };
}

export interface RunningHinge extends AsyncDisposable {
  /** Empty when it takes no OTLP. */
  readonly otlpUrl: string;
  readonly apiUrl: string;
  /** ClickHouse's HTTP address. */
  readonly storeUrl: string;
  readonly process: ChildProcess;
  /** What it said so far on standard error. */
  err(): string;
  /** Sends the signal and waits for the end; gives the exit code, or null after a signal. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const ADDRESSES =
  /hinge \S+: (?:takes no OTLP [^,]*|OTLP\/HTTP on (\S+?)(?:, OTLP\/gRPC on \S+)?), page and API on (\S+), store (\S+)\n/;

/** Starts `hinge serve` and resolves once it takes telemetry; rejects with what it said when it ends before. */
export async function serveHinge(
  argv: readonly string[],
  environment: Record<string, string> = {},
): Promise<RunningHinge> {
  const child = spawn(process.execPath, [ENTRY, 'serve', ...argv], {
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const err = collect(child.stderr);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const found = new Promise<RegExpExecArray>((resolve, reject) => {
    child.stderr.on('data', () => {
      const match = ADDRESSES.exec(err());
      if (match !== null) resolve(match);
    });
    closed.then(([code]) => reject(new Error(`hinge serve ended with ${code}: ${err()}`)), reject);
  });
  const [, otlpUrl = '', apiUrl = '', storeUrl = ''] = await found;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return (await closed)[0];
  };
  const dispose = async () => void (await end('SIGTERM'));
  return { otlpUrl, apiUrl, storeUrl, process: child, err, end, [Symbol.asyncDispose]: dispose };
}

/** A folder that goes with the test. */
export function scratchFolder(): {
  readonly path: string;
  write(name: string, text: string | Uint8Array): string;
} & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'hinge-e2e-'));
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
    // The engine of a Hinge that was killed may still write its last bytes.
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }),
  };
}

/** Variables of Hinge and OpenTelemetry in the surroundings must not reach the process under test. */
function cleanEnvironment(extra: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('HINGE_') && !name.startsWith('OTEL_'));
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...extra };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
