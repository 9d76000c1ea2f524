/** The API on a free port of loopback, over providers in memory that keep what they are told. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ApiProviders, type AppOptions, createApp } from '../../api/app.ts';
import { HingeError } from '../../errors.ts';
import { summarise } from '../../flags/outcome-summary.ts';
import type { Log, Upgrade } from '../../model.ts';
import { sampleReport } from '../support/report.ts';
import { sampleStorage } from '../support/storage.ts';

export interface ApiForTests extends AsyncDisposable {
  readonly url: string;
  readonly upgrades: Upgrade[];
  /** What was asked of the controller, in order. */
  readonly asked: string[];
  /** Errors that the API logged. */
  readonly logged: string[];
  /** A provider that throws this from now on, whatever is asked of the store. */
  fail(thrown: unknown): void;
}

interface Memory {
  readonly upgrades: Upgrade[];
  readonly asked: string[];
  failure: unknown;
}

/** @param given providers in place of those that only remember */
export async function openApi(
  options: Partial<AppOptions> = {},
  given: Partial<ApiProviders> = {},
): Promise<ApiForTests> {
  const memory: Memory = { upgrades: [], asked: [], failure: undefined };
  const logged: string[] = [];
  const log: Log = { debug() {}, info() {}, warn() {}, error: (_, message) => logged.push(message) };
  const providers = { ...providersOf(memory), ...given };
  const app = createApp({ providers, log, version: '0.1.0', clock: () => 1.7e12, ...options });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    upgrades: memory.upgrades,
    asked: memory.asked,
    logged,
    fail: (thrown) => {
      memory.failure = thrown;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function providersOf(memory: Memory): ApiProviders {
  const { upgrades, asked } = memory;
  const find = (id: string): Upgrade => {
    const found = upgrades.find((upgrade) => upgrade.id === id);
    if (found === undefined)
      throw new HingeError('NOT_FOUND', `there is no upgrade ${id}: hinge upgrade list shows them`);
    return found;
  };
  const available = (): void => {
    if (memory.failure !== undefined) throw memory.failure;
  };
  const heard = (actor: string, what: string, choice: object = {}): void => {
    const parts = [what, ...Object.values(choice), ...(actor === 'operator' ? [] : [`by ${actor}`])];
    asked.push(parts.join(' '));
  };
  return {
    upgrades: {
      list: async () => {
        available();
        return upgrades;
      },
      start: async (given) => {
        available();
        const upgrade = {
          id: `u${upgrades.length + 1}`,
          startedMs: 1_000 + upgrades.length,
          finishedMs: null,
          ...given,
        };
        upgrades.push(upgrade);
        return upgrade;
      },
      finish: async (id) => ({ ...find(id), finishedMs: 2_000 }),
    },
    report: async (id) => {
      available();
      return { ...sampleReport(), title: find(id).name };
    },
    actions: {
      list: () => sampleReport().actions,
      hold: (flag, actor) => heard(actor, `hold ${flag}`),
      rearm: (flag, actor) => heard(actor, `rearm ${flag}`),
      approve: async (flag, actor, choice) => heard(actor, `approve ${flag}`, choice),
      restore: async (flag, actor, choice) => heard(actor, `restore ${flag}`, choice),
      stop: (actor) => heard(actor, 'stop'),
      resume: (actor) => heard(actor, 'resume'),
      automation: () => ({ on: true, text: 'on' }),
      states: () => [
        {
          flag: 'checkout.retry-strategy',
          environment: 'production',
          mode: 'act',
          state: 'HOLD',
          text: 'recovery proved',
          awaits: null,
        },
      ],
    },
    journal: async () => [],
    replay: async (id) => {
      const { name, startedMs } = find(id);
      return {
        ...{ upgrade: { id, name, startedMs }, range: { startMs: startedMs, endMs: startedMs } },
        ...{ report: { verdict: 'unchanged', conclusion: 'NONE', headline: '' }, items: [] },
      };
    },
    outcomes: async () => ({ items: [], summary: summarise([]) }),
    sloEvents: async (slo, { startMs }) => {
      if (slo !== 'orders in time') throw new HingeError('NOT_FOUND', `no SLO ${slo}; there is: orders in time`);
      return [{ atMs: startMs, good: 9, total: 10 }];
    },
    ready: async () => {
      const ok = memory.failure === undefined;
      return { ready: ok, checks: [{ name: 'store', ok, text: ok ? 'answers' : 'does not answer' }] };
    },
    storage: async () => {
      available();
      return sampleStorage();
    },
    metrics: async () => '# TYPE hinge_spans counter\nhinge_spans 1\n',
  };
}

/** A request with headers that fetch sets by itself: Host, Origin, Cache-Control. */
export async function rawRequest(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const sent = request(url, { method, headers }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  sent.on('error', reject).end();
  return promise;
}
