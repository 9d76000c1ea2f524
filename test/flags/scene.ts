/** A controller over a real Unleash, with scripted telemetry, a journal in memory, and a proxy that breaks connections. */
import { afterEach, beforeAll } from 'vitest';
import type { Behaviour } from '../../flags/behaviour.ts';
import type { Lease } from '../../flags/controller/options.ts';
import { type Controller, createController } from '../../flags/controller.ts';
import type { ReadingsSource } from '../../flags/gather.ts';
import type { Journal } from '../../flags/ledger.ts';
import type { FlagPort } from '../../flags/port.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import type { JournalEntry } from '../../model.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { quiet, type TestUnleash, uniqueFlag, useUnleash } from '../support/unleash.ts';
import { BEHAVIOUR, LADDER, NOW, SLO, upgrade } from './fixtures.ts';

const ENV = 'production';
const open: AsyncDisposable[] = [];
/** The run's Unleash, once `prepare` has run. */
export let unleash: TestUnleash;

/** Call once at the head of a test file: waits for Unleash, ends what a test left open. */
export function prepare(): void {
  beforeAll(async () => {
    unleash = await useUnleash();
  });
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });
}

export const portTo = (url: string, token = unleash.bot.token): FlagPort =>
  createUnleash({ url, token, backendToken: unleash.backendToken, timeoutMs: 2_000, log: quiet });

/** A journal in memory that can be told to fail: what the controller needs of a store. */
export function createMemory() {
  const entries: JournalEntry[] = [];
  let failing = false;
  const journal: Journal = {
    async append(entry) {
      if (failing) throw new Error('the store is away');
      entries.push(structuredClone(entry));
    },
    async read() {
      if (failing) throw new Error('the store is away');
      return structuredClone(entries);
    },
  };
  return { entries, journal, fail: (value: boolean) => (failing = value) };
}

/** Telemetry as the flag makes it: bad while instances run the variant, unless the fault is elsewhere. */
export function createTelemetry() {
  const script = { nowMs: NOW, bad: true, exposed: 3, followsFlag: true, dataAgeMs: 500 };
  const source: ReadingsSource = {
    async eventCounts(_slo, ranges) {
      const isBad = script.bad && (script.exposed > 0 || !script.followsFlag);
      return ranges.map(() => ({ good: isBad ? 700 : 999, total: 1_000 }));
    },
    async variantInstances() {
      return [
        { variant: 'v2', instances: script.exposed },
        { variant: 'disabled', instances: 3 - script.exposed },
      ];
    },
    newestDataMs: async () => script.nowMs - script.dataAgeMs,
    suspects: async () => upgrade(),
  };
  return { script, source };
}

/** The instances stop running the variant once the flag is turned off. */
export function obey(
  { journal }: ReturnType<typeof createMemory>,
  { script }: ReturnType<typeof createTelemetry>,
): void {
  const { append } = journal;
  journal.append = async (entry) => {
    await append(entry);
    if (entry.state === 'KILL') script.exposed = 0;
  };
}

export interface Scene {
  readonly flag: string;
  readonly controller: Controller;
  readonly memory: ReturnType<typeof createMemory>;
  readonly telemetry: ReturnType<typeof createTelemetry>;
  /** Moves time on and looks, until the state is there. */
  until(state: string): Promise<void>;
  state(): string | undefined;
  isEnabled(): Promise<boolean>;
}

/** On for everybody, with the payload of the first rung. */
export async function newFlag(flag: string): Promise<void> {
  const variants = [{ name: 'v2', weight: 1000, payload: LADDER[0] ?? '' }];
  await unleash.admin.flag({ flag, strategies: [{ rollout: 100, stickiness: 'hostname', variants }] });
}

export async function createScene(
  more: Partial<Behaviour> = {},
  parts: {
    flag?: string;
    port?: FlagPort;
    memory?: Scene['memory'];
    telemetry?: Scene['telemetry'];
    lease?: Lease;
  } = {},
): Promise<Scene> {
  const flag = parts.flag ?? uniqueFlag('scene');
  if (parts.flag === undefined) await newFlag(flag);
  const memory = parts.memory ?? createMemory();
  const telemetry = parts.telemetry ?? createTelemetry();
  const { script, source } = telemetry;
  const port = parts.port ?? portTo(unleash.url);
  const controller = createController({
    behaviours: [{ ...BEHAVIOUR, flag, ...more }],
    slos: [SLO],
    port,
    source,
    journal: memory.journal,
    clock: () => script.nowMs,
    log: quiet,
    intervalMs: 1_000,
    ...(parts.lease === undefined ? {} : { lease: parts.lease }),
  });
  open.push(controller);
  const state = () => controller.states()[0]?.state;
  async function until(wanted: string): Promise<void> {
    const deadline = performance.now() + 25_000;
    while (state() !== wanted) {
      if (performance.now() > deadline)
        throw new Error(`${wanted} not reached: ${JSON.stringify(controller.states())}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
      script.nowMs += 500;
      await controller.tick();
    }
  }
  const isEnabled = async () => (await portTo(unleash.url).snapshot(flag, ENV)).enabled;
  return { flag, controller, memory, telemetry, until, state, isEnabled };
}

export const phases = ({ memory }: Scene) => memory.entries.map((entry) => entry.state);

export async function eventsOf(flag: string): Promise<string[]> {
  const events = await portTo(unleash.url).changesSince(flag, ENV, 0);
  return events.map(({ type, ours }) => `${ours ? 'hinge' : 'person'}: ${type}`);
}

export interface Proxy {
  readonly url: string;
  /** Forwards the next request whose path ends so, and cuts the connection in place of the answer. */
  loseAnswer(pathEnd: string): void;
  lost(): number;
  /** Answers everything with the status; null forwards again. */
  answer(status: number | null): void;
}

export async function startProxy(target: string): Promise<Proxy> {
  const proxy = await startFaultProxy(target);
  open.unshift(proxy);
  return {
    url: proxy.url,
    loseAnswer: (pathEnd) => proxy.break({ kind: 'lost' }, (call) => call.endsWith(pathEnd), 1),
    lost: proxy.broken,
    answer: (status) => (status === null ? proxy.mend() : proxy.break({ kind: 'status', status })),
  };
}
