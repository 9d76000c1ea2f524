/** `hinge serve`: collector, store, controller, API and page in one process. */

import { once } from 'node:events';
import { join } from 'node:path';
import { createApp } from '../api/app.ts';
import { authorise } from '../api/authorise.ts';
import type { Config } from '../config.ts';
import type { Controller } from '../flags/controller.ts';
import type { Lease } from '../flags/lease.ts';
import { telling } from '../flags/notices.ts';
import type { Log } from '../model.ts';
import type { Store } from '../store/store.ts';
import { createTelemetry, type Telemetry } from '../telemetry.ts';
import { createAuthorizer, createIdentifier } from '../tokens.ts';
import { settingsOf } from './assemble.ts';
import { type Command, EXIT, type Invocation } from './command.ts';
import { configOf } from './configure.ts';
import { openConfiguredStore } from './open-store.ts';
import { observe } from './serve/gauges.ts';
import type { Judging } from './serve/judgements.ts';
import { openConfiguredLease } from './serve/lease.ts';
import { listen } from './serve/listen.ts';
import { openController } from './serve/open-controller.ts';
import { openJudging } from './serve/open-judging.ts';
import { openNotices } from './serve/open-notices.ts';
import { openConfiguredTaking } from './serve/open-taking.ts';
import { createOutcomes, type Outcomes } from './serve/outcomes.ts';
import { automationOf, createPeople } from './serve/people.ts';
import { createPeriodic } from './serve/periodic.ts';
import { createReadiness } from './serve/readiness.ts';
import { createReplay } from './serve/replay.ts';
import { createSloEvents } from './serve/slo-events.ts';
import { type StopFile, stopFileAt, watchStopFile } from './serve/stop-file.ts';
import type { Taking } from './serve/taking.ts';
import { createUpgrades, type Upgrades } from './serve/upgrades.ts';
import { VERSION } from './version.ts';

export const serve: Command = {
  summary: 'take telemetry, answer for upgrades, watch flags: collector, API, page and controller',
  help: `hinge serve

Listens for OTLP/HTTP on collector.port (4318), for OTLP/gRPC on collector.grpcPort (4317) and for people on api.port
(4319), on loopback unless told.
With collector.enabled: false it takes no telemetry and works on the tables that an OpenTelemetry Collector fills.
Uses the embedded engine in the data folder unless store.url is set. Runs until Ctrl-C or SIGTERM.

Examples
  hinge serve
  hinge serve --config hinge.yaml --data /var/lib/hinge
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 your-service`,
  options: {},
  async run(invocation) {
    const config = configOf(invocation);
    await using stack = new AsyncDisposableStack();
    const telemetry = stack.use(openTelemetry(config, invocation));
    const { addresses } = await start(config, telemetry, stack);
    invocation.say(addresses);
    if (!invocation.signal.aborted) await once(invocation.signal, 'abort');
    invocation.say('stopping: what was taken is committed first');
    return EXIT.fine;
  },
};

function openTelemetry({ log }: Config, { environment }: Invocation): Telemetry {
  return createTelemetry({ version: VERSION, level: log, environment, destination: process.stderr });
}

/**
 * Opens everything on the stack, so that it closes in the opposite order: API and collector first (stop accepting, drain,
 * commit), then the controller and the sealer, then the store.
 */
async function start(
  config: Config,
  telemetry: Telemetry,
  stack: AsyncDisposableStack,
): Promise<{ addresses: string }> {
  const { log } = telemetry;
  const { store, connection } = stack.use(await openConfiguredStore(config, log));
  const judging = judgingOf(config);
  const task = { store: { connection, ...readingOf(config) }, judging };
  const judgements = stack.use(openJudging(task));
  const closing = new AbortController();
  stack.defer(() => closing.abort());
  const upgrades = createUpgrades({ ...judging, store, clock: Date.now }, judgements);
  const sealing = startSealing(config, store, stack, log);
  const stopFile = stopFileAt(config.flags.stopFile ?? join(config.data, 'STOP'));
  const lease = openConfiguredLease(config, store, stack, log);
  const notices = stack.use(openNotices(config, log));
  const journal = telling(store.journal, notices, () => lease?.isHeld() ?? true);
  const controller = stack.use(openController(config, { store, upgrades, journal, stopFile, lease }, log));
  stack.use(watchStopFile(stopFile, controller, log));
  const authorizer = createAuthorizer(config.tokens, Date.now);
  const collector = config.collector.enabled
    ? stack.use(await openConfiguredTaking(config, connection, log))
    : undefined;
  let taken = await collector?.counters();
  const outcomes = createOutcomes(store, log);
  observe(telemetry.meter, {
    collector: () => taken,
    ...sealing,
    flags: () => controller.states(),
    outcomes: outcomes.newest,
  });
  const metrics = async () => {
    taken = await collector?.counters();
    await outcomes.refresh();
    return telemetry.metrics();
  };
  const app = createApp({
    providers: {
      ...providersOf({
        slos: config.slos,
        store,
        upgrades,
        controller,
        stopFile,
        lease,
        outcomes,
        metrics,
        collector,
        log,
      }),
      replay: createReplay(config, task, closing.signal, log),
    },
    log,
    version: VERSION,
    allowedHosts: config.api.allowedHosts,
    authorise: authorise(authorizer),
    identify: createIdentifier(config.tokens, Date.now),
  });
  const api = stack.use(await listen(app, config.api.host, config.api.port, 'api.port'));
  controller.start();
  return {
    addresses: `hinge ${VERSION}: ${doorsOf(config, collector)}, page and API on http://${api.host}:${api.port}, store ${connection.url}`,
  };
}

function doorsOf({ collector: { tls } }: Config, collector: Taking | undefined): string {
  if (collector === undefined) return 'takes no OTLP (collector.enabled is false)';
  const { host, port, grpcPort } = collector.address;
  const grpc = grpcPort === undefined ? '' : `, OTLP/gRPC on ${host}:${grpcPort}`;
  return `OTLP/HTTP on ${tls === undefined ? 'http' : 'https'}://${host}:${port}${grpc}`;
}

function readingOf({ store: { database, slotSeconds, sealDelaySeconds, horizonSeconds } }: Config) {
  return { database, slotSeconds, sealDelaySeconds, horizonSeconds };
}

function judgingOf(config: Config): Judging {
  return {
    settings: settingsOf(config),
    windowMs: config.analysis.windowMinutes * 60_000,
    slotMs: config.store.slotSeconds * 1_000,
    historyDays: config.analysis.historyDays,
  };
}

function startSealing({ store: { slotSeconds } }: Config, store: Store, stack: AsyncDisposableStack, log: Log) {
  let slots = 0;
  let sealedUntilMs: number | null = null;
  const work = async () => {
    const { sealed, resealed } = await store.seal(Date.now());
    slots += sealed + resealed;
    sealedUntilMs = (await store.status()).sealedUntilMs;
  };
  stack.use(createPeriodic({ name: 'sealing', everyMs: Math.min(slotSeconds, 15) * 1_000, work, log }));
  return { sealedSlots: () => slots, sealLagMs: () => (sealedUntilMs === null ? null : Date.now() - sealedUntilMs) };
}

interface Parts {
  readonly slos: Config['slos'];
  readonly store: Store;
  readonly upgrades: Upgrades;
  readonly controller: Controller;
  readonly stopFile: StopFile;
  readonly lease: Lease | undefined;
  readonly outcomes: Outcomes;
  readonly metrics: () => Promise<string>;
  readonly collector: Taking | undefined;
  readonly log: Log;
}

function providersOf({ slos, store, upgrades, controller, stopFile, lease, outcomes, metrics, collector, log }: Parts) {
  return {
    upgrades,
    report: (id: string) => upgrades.report(id),
    actions: createPeople({ controller, stopFile, lease, log }),
    outcomes: outcomes.read,
    journal: (after: number) => store.journal.page(after, 500),
    ready: createReadiness({
      store,
      failedMsAgo: async () => (await collector?.counters())?.failedMsAgo ?? null,
      clock: Date.now,
      flagLines: () =>
        controller.states().map(({ flag, state, text }) => ({ flag, blocked: state === 'BLOCKED', text })),
      automation: () => automationOf({ controller, stopFile, lease }),
    }),
    storage: () => store.storage(Date.now()),
    sloEvents: createSloEvents(slos, store),
    metrics,
  };
}
