/** Two controllers on one store and one Unleash: one acts; when it crashes the other goes on from its journal. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createController } from '../../flags/controller.ts';
import { verifyChain } from '../../flags/journal.ts';
import { type Claims, createLease, type Lease } from '../../flags/lease.ts';
import type { Store } from '../../store/store.ts';
import { silentLog, useEngine } from '../support/engine.ts';
import { uniqueFlag } from '../support/unleash.ts';
import { BEHAVIOUR, SLO } from './fixtures.ts';
import { createTelemetry, eventsOf, newFlag, portTo, prepare, unleash } from './scene.ts';

prepare();
const tests = useEngine();
const LEASE_MS = 3_000;

/** One process: its lease and its controller, whose statements go nowhere once it has crashed. */
function createProcess(store: Store, flag: string, telemetry: ReturnType<typeof createTelemetry>) {
  const process = { crashed: false };
  const claims: Claims = {
    newest: async () => (process.crashed ? Promise.reject(new Error('crashed')) : store.claims.newest()),
    claim: async (...given) => (process.crashed ? Promise.reject(new Error('crashed')) : store.claims.claim(...given)),
  };
  const lease: Lease = createLease({ claims, log: silentLog, leaseMs: LEASE_MS });
  const controller = createController({
    ...{ behaviours: [{ ...BEHAVIOUR, flag }], slos: [SLO], port: portTo(unleash.url), source: telemetry.source },
    ...{ journal: store.journal, clock: () => telemetry.script.nowMs, log: silentLog, intervalMs: 1_000, lease },
  });
  const look = () => (process.crashed ? Promise.resolve() : controller.tick());
  return Object.assign(process, { lease, controller, look });
}

it('make one change between them, whoever crashes', { timeout: 60_000 }, async () => {
  const stores = [await tests.freshStore(), await tests.freshStore({ database: tests.database })] as const;
  const flag = uniqueFlag('two');
  await newFlag(flag);
  const telemetry = createTelemetry();
  const { script } = telemetry;
  const [a, b] = stores.map((store) => createProcess(store, flag, telemetry));
  if (a === undefined || b === undefined) throw new Error('two stores make two processes');
  await using stack = new AsyncDisposableStack();
  for (const { lease, controller } of [a, b]) {
    stack.use(lease);
    stack.use(controller);
    lease.start();
  }
  const until = async (done: () => boolean | Promise<boolean>) => {
    for (const endMs = performance.now() + 30_000; !(await done()); await delay(25)) {
      if (performance.now() > endMs) throw new Error('not reached');
      script.nowMs += 500;
      // Both look at the same moment.
      await Promise.all([a.look(), b.look()]);
      expect([a, b].filter(({ crashed, lease }) => !crashed && lease.isHeld()).length).toBeLessThan(2);
    }
  };
  const journal = () => stores[0].journal.read();
  const states = async () => (await journal()).map(({ state }) => state);

  await until(async () => (await states()).includes('VERIFY_PUBLISHED'));
  const [active, other] = a.lease.isHeld() ? [a, b] : [b, a];
  active.crashed = true;
  script.exposed = 0;
  await until(() => other.lease.isHeld());
  await until(async () => (await states()).includes('HOLD'));

  const lines = await journal();
  expect(verifyChain(lines)).toMatchObject({ ok: true });
  expect(lines.filter(({ intent }) => intent !== '')).toHaveLength(1);
  expect((await eventsOf(flag)).filter((event) => event.startsWith('hinge'))).toEqual([
    'hinge: feature-environment-disabled',
  ]);
});
