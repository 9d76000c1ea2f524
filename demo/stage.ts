/** Everything that the story needs, running: two packages, Unleash with the flag, Hinge, and the shop in its old release. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFleet, type Fleet, type Installation } from './fleet.ts';
import { freePorts, type HingeProcess, startHinge } from './hinge-process.ts';
import type { Narrator } from './narrator.ts';
import { buildPackage, RELEASE_OF_NEW, RELEASE_OF_OLD, type Release } from './package-builder.ts';
import { chargesPerSecond, ENVIRONMENT, hingeYaml, type Plan } from './plan.ts';
import { RETRY_FLAG, STRATEGY_OF_NEW, STRATEGY_OF_OLD } from './services/retry-strategy.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { createAdmin, seed, startUnleash, type UnleashServer } from './unleash-server/setup.ts';
import { unpack } from './unpack.ts';

export interface StageOptions {
  /** Exists; takes packages, configuration, logs and the report. */
  readonly folder: string;
  readonly plan: Plan;
  /** Without it the new release brings the old retry strategy once more. */
  readonly fault: boolean;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
}

export interface Shipment extends Installation {
  readonly zip: string;
}

export interface Stage {
  readonly old: Shipment;
  readonly fresh: Shipment;
  readonly hinge: HingeProcess;
  readonly fleet: Fleet;
  readonly traffic: Traffic;
  /** Whether the flag is on, as Unleash says. */
  flagIsOn(): Promise<boolean>;
}

async function ship(release: Release, folder: string): Promise<Shipment> {
  const shipment = {
    version: release.version,
    zip: join(folder, `shop-${release.version}.zip`),
    folder: join(folder, `shop-${release.version}`),
  };
  await buildPackage(release, shipment.zip);
  await unpack(shipment.zip, shipment.folder);
  return shipment;
}

/** The flag is on for everybody from the beginning; only the new checkout asks for it. */
async function seedFlag(unleash: UnleashServer, fault: boolean): Promise<string> {
  const payload = JSON.stringify(fault ? STRATEGY_OF_NEW : STRATEGY_OF_OLD);
  const strategies = [{ rollout: 100, variants: [{ name: 'impatient', weight: 1_000, payload }] }];
  const { token } = await seed(unleash, { flag: RETRY_FLAG, environment: ENVIRONMENT, strategies });
  return token;
}

async function flagIsOn(unleash: UnleashServer): Promise<boolean> {
  const feature = (await createAdmin(unleash).call('GET', `/api/admin/projects/default/features/${RETRY_FLAG}`)) as {
    readonly environments: readonly { readonly name: string; readonly enabled: boolean }[];
  };
  return feature.environments.some(({ name, enabled }) => name === ENVIRONMENT && enabled);
}

async function openHinge(
  options: StageOptions,
  unleash: UnleashServer,
): Promise<{ hinge: HingeProcess; otlp: string }> {
  const { folder, plan, fault, signal } = options;
  const ports = await freePorts();
  const token = await seedFlag(unleash, fault);
  const access = { url: unleash.url, token, backendToken: unleash.backendToken };
  const configFile = join(folder, 'hinge.yaml');
  await writeFile(configFile, hingeYaml(plan, { dataFolder: join(folder, 'data'), ports, unleash: access }), {
    mode: 0o600,
  });
  const hinge = await startHinge({ configFile, logFile: join(folder, 'hinge.log'), ports, signal });
  return { hinge, otlp: `http://127.0.0.1:${ports.otlp}` };
}

/** Opens the stage on `stack`, which closes it in the opposite order: customers, shop, Hinge, Unleash. */
export async function openStage(options: StageOptions, stack: AsyncDisposableStack): Promise<Stage> {
  const { folder, plan, signal, narrator } = options;
  narrator.chapter('Setting the stage');
  const [old, fresh] = [await ship(RELEASE_OF_OLD, folder), await ship(RELEASE_OF_NEW, folder)];
  narrator.say(`two upgrade packages: ${old.zip} and ${fresh.zip}`);
  signal.throwIfAborted();
  const unleash = stack.use(await startUnleash((line) => narrator.say(line)));
  narrator.say(`Unleash at ${unleash.url}, flag ${RETRY_FLAG} is on`);
  signal.throwIfAborted();
  const { hinge, otlp } = await openHinge(options, unleash);
  stack.use(hinge);
  narrator.say(`Hinge at ${hinge.url}, configured by ${join(folder, 'hinge.yaml')}`);
  const logs = join(folder, 'logs');
  await mkdir(logs);
  const fleet = stack.use(
    createFleet({
      folder: logs,
      otlpEndpoint: otlp,
      unleash: { url: unleash.url, token: unleash.backendToken },
      chargesPerSecond: chargesPerSecond(plan),
      seed: options.seed,
      signal,
    }),
  );
  await fleet.start(old);
  narrator.say(`the shop runs release ${old.version}: ${fleet.pids().length} processes, logs in ${logs}`);
  const traffic = stack.use(startTraffic({ perSecond: plan.perSecond, targets: () => fleet.gateways() }));
  return { old, fresh, hinge, fleet, traffic, flagIsOn: () => flagIsOn(unleash) };
}
