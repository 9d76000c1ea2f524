/** `hinge serve` with its embedded engine: two processes, started for one measurement and ended after it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { loadConfig } from '../../config.ts';
import { childrenOf } from '../support/usage.ts';

export interface HingeProcess extends AsyncDisposable {
  readonly pid: number;
  readonly enginePid: number;
  readonly otlpUrl: string;
  /** host:port; undefined when this Hinge takes no gRPC. */
  readonly grpcAddress: string | undefined;
  readonly engine: EngineAccess;
}

export interface EngineAccess {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly client: ClickHouseClient;
}

const ENTRY = join(import.meta.dirname, '../../hinge.ts');
/** Sealing is put off, so that what is measured is taking telemetry in. */
const SETTINGS = ['collector.port=0', 'api.port=0', 'log=error', 'store.sealDelaySeconds=86400'];
/** Set where this Hinge knows them. */
const NEWER_SETTINGS = ['collector.grpcPort=0'];

export async function startHinge(durability: 'durable' | 'fast'): Promise<HingeProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hinge-bench-ingest-'));
  const settings = [...SETTINGS, ...NEWER_SETTINGS.filter(isKnown), `store.durability=${durability}`];
  const child = spawn(
    process.execPath,
    [ENTRY, 'serve', '--data', dataDir, ...settings.flatMap((setting) => ['--set', setting])],
    { env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const closed = once(child, 'close');
  const said = await firstAddresses(child.stderr, closed);
  const pid = child.pid ?? -1;
  const [enginePid] = childrenOf(pid);
  if (enginePid === undefined) throw new Error('hinge serve has no engine');
  const engine = openEngineAccess(found(/store (\S+)/, said) ?? '', dataDir);
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  const abandon = () => {
    for (const each of [pid, enginePid]) process.kill(each, 'SIGKILL');
    remove();
  };
  process.once('exit', abandon);
  return {
    pid,
    enginePid,
    otlpUrl: found(/OTLP\/HTTP on (http[^\s,]+)/, said) ?? '',
    grpcAddress: found(/gRPC on (?:\w+:\/\/)?([^\s,]+)/, said),
    engine,
    [Symbol.asyncDispose]: async () => {
      await engine.client.close();
      child.kill('SIGTERM');
      await closed;
      process.removeListener('exit', abandon);
      remove();
    },
  };
}

function isKnown(setting: string): boolean {
  try {
    loadConfig({ environment: {}, assignments: [setting] });
    return true;
  } catch {
    return false;
  }
}

/** The line that names the addresses; rejects with what was said when the process ends before. */
function firstAddresses(stderr: NodeJS.ReadableStream, closed: Promise<unknown>): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/OTLP\/HTTP on .*, store \S+\s/.test(said)) resolve(said);
    });
    closed.then(() => reject(new Error(`hinge serve ended: ${said}`)), reject);
  });
}

const found = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[1];

function openEngineAccess(url: string, dataDir: string): EngineAccess {
  const { hinge: password } = JSON.parse(readFileSync(join(dataDir, 'passwords.json'), 'utf8')) as { hinge: string };
  const username = 'hinge';
  const client = createClient({ url, username, password, request_timeout: 300_000, log: { level: 127 } });
  return { url, username, password, client };
}
