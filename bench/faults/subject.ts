/** The Hinge under test: a process of its own on a data folder of its own, that is killed and started again. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { type RunningHinge, serveHinge } from '../../test/support/hinge.ts';
import { endNow, enginePidOf } from './scratch.ts';

export interface SubjectOptions {
  readonly dataDir: string;
  readonly settings?: readonly string[];
}

export interface Subject extends AsyncDisposable {
  readonly dataDir: string;
  readonly running: RunningHinge;
  /** Where senders send to; undefined while it is down. */
  url(): string | undefined;
  start(): Promise<void>;
  /** Ends the process; gives its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** kill -9 of the embedded engine alone; false when there was none at this moment. */
  killEngine(): boolean;
  /** The embedded engine, as Hinge's own user. To be closed by the caller. */
  openClient(): ClickHouseClient;
}

/** Slots are sealed seconds after they end, so that what is counted can be looked at. */
const SETTINGS = [
  'collector.port=0',
  'collector.grpcPort=0',
  'api.port=0',
  'log=warn',
  'store.slotSeconds=60',
  'store.sealDelaySeconds=1',
  'store.horizonSeconds=5',
];

export async function startSubject({ dataDir, settings = [] }: SubjectOptions): Promise<Subject> {
  const argv = ['--data', dataDir, ...[...SETTINGS, ...settings].flatMap((each) => ['--set', each])];
  let running = await serveHinge(argv);
  let isUp = true;
  return {
    dataDir,
    get running() {
      return running;
    },
    url: () => (isUp ? running.otlpUrl : undefined),
    async start() {
      running = await serveHinge(argv);
      isUp = true;
    },
    end(signal) {
      isUp = signal === 'SIGTERM';
      return running.end(signal).finally(() => {
        isUp = false;
      });
    },
    killEngine() {
      const pid = enginePidOf(dataDir);
      if (pid !== undefined) endNow(pid);
      return pid !== undefined;
    },
    openClient: () => openClientOf(running.storeUrl, dataDir),
    async [Symbol.asyncDispose]() {
      if (isUp) await running.end('SIGTERM');
      isUp = false;
    },
  };
}

function openClientOf(url: string, dataDir: string): ClickHouseClient {
  const { hinge: password } = JSON.parse(readFileSync(join(dataDir, 'passwords.json'), 'utf8')) as { hinge: string };
  return createClient({ url, username: 'hinge', password, request_timeout: 300_000, log: { level: 127 } });
}
