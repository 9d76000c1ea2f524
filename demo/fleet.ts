/** The shop's processes: three instances of each service and the payment provider; started, upgraded one by one, ended. */
import { join } from 'node:path';
import { type Instance, startInstance } from './instance.ts';
import { exchange, type Target } from './services/http.ts';
import type { Peers } from './services/service.ts';

export type ServiceName = 'pricing' | 'inventory' | 'checkout' | 'gateway';

/** Callees before callers: the order of start and of the upgrade. */
const SERVICES: readonly ServiceName[] = ['pricing', 'inventory', 'checkout', 'gateway'];
/** The checkout last: what it does to the others shows once all else is in place. */
export const UPGRADE_ORDER: readonly ServiceName[] = ['pricing', 'inventory', 'gateway', 'checkout'];
const INSTANCES = 3;

export interface FleetOptions {
  /** Logs go here. */
  readonly folder: string;
  readonly otlpEndpoint: string;
  readonly unleash: { readonly url: string; readonly token: string };
  /** Rate limit of the payment provider. */
  readonly chargesPerSecond: number;
  readonly seed: number;
  /** Ends a start or an upgrade that is under way. */
  readonly signal: AbortSignal;
}

/** An unpacked package. */
export interface Installation {
  readonly version: string;
  readonly folder: string;
}

export interface Fleet extends AsyncDisposable {
  /** Base URLs of the gateways in service. */
  gateways(): readonly string[];
  pids(): readonly number[];
  start(installation: Installation): Promise<void>;
  /** Replaces the instances of a service one after the other: start, warm up, put into service, drain the old one. */
  roll(service: ServiceName, installation: Installation): Promise<void>;
}

const WARM_UP: Readonly<Record<ServiceName, Pick<Target, 'method'> & { readonly path: string }>> = {
  pricing: { method: 'GET', path: '/prices/warm-up' },
  inventory: { method: 'GET', path: '/stock/warm-up' },
  checkout: { method: 'POST', path: '/orders' },
  gateway: { method: 'POST', path: '/orders' },
};
const WARM_UP_CALLS = 20;
/** Few at once: the warm-up must not empty the payment provider's bucket. */
const WARM_UP_PARALLEL = 4;

function telemetryEnvironment(endpoint: string): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_BSP_SCHEDULE_DELAY: '500',
  };
}

async function warmUp(service: ServiceName, instance: Instance): Promise<void> {
  const { method, path } = WARM_UP[service];
  const worker = async () => {
    for (let call = 0; call < WARM_UP_CALLS / WARM_UP_PARALLEL; call++) {
      await exchange({ method, url: `${instance.url}${path}` });
    }
  };
  await Promise.all(Array.from({ length: WARM_UP_PARALLEL }, worker));
}

class ShopFleet implements Fleet {
  readonly #options: FleetOptions;
  readonly #running = new Map<ServiceName, Instance[]>(SERVICES.map((service) => [service, []]));
  /** All that were started, in service or not: none is forgotten when something fails midway. */
  readonly #alive = new Set<Instance>();
  #paymentsUrl = '';

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  gateways(): readonly string[] {
    return this.#instances('gateway').map(({ url }) => url);
  }

  pids(): readonly number[] {
    return [...this.#alive].map(({ pid }) => pid);
  }

  async start(installation: Installation): Promise<void> {
    const { chargesPerSecond, seed } = this.#options;
    const payments = await this.#run('payments', join(import.meta.dirname, 'services', 'payments.ts'), {
      CHARGES_PER_SECOND: String(chargesPerSecond),
      SEED: String(seed),
    });
    this.#paymentsUrl = payments.url;
    for (const service of SERVICES) {
      for (let slot = 0; slot < INSTANCES; slot++) {
        this.#instances(service).push(await this.#launch(service, installation, slot));
      }
    }
    await this.#publish();
    for (const service of SERVICES) for (const instance of this.#instances(service)) await warmUp(service, instance);
  }

  async roll(service: ServiceName, installation: Installation): Promise<void> {
    const instances = this.#instances(service);
    const draining: PromiseLike<void>[] = [];
    for (const [slot, old] of [...instances].entries()) {
      const fresh = await this.#launch(service, installation, slot);
      await fresh.tell(this.#peers());
      await warmUp(service, fresh);
      instances[slot] = fresh;
      await this.#publish();
      draining.push(old[Symbol.asyncDispose]());
      this.#alive.delete(old);
    }
    await Promise.all(draining);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#alive].map((instance) => instance[Symbol.asyncDispose]()));
  }

  #instances(service: ServiceName): Instance[] {
    return this.#running.get(service) ?? [];
  }

  #peers(): Peers {
    return Object.fromEntries(SERVICES.map((service) => [service, this.#instances(service).map(({ url }) => url)]));
  }

  async #publish(): Promise<void> {
    const peers = this.#peers();
    await Promise.all([...this.#running.values()].flat().map((instance) => instance.tell(peers)));
  }

  #launch(service: ServiceName, { version, folder }: Installation, slot: number): Promise<Instance> {
    const { otlpEndpoint, unleash, seed } = this.#options;
    const name = `${service}-${version}-${slot + 1}`;
    return this.#run(name, join(folder, 'bin', service), {
      ...telemetryEnvironment(otlpEndpoint),
      SERVICE_INSTANCE: name,
      SEED: String(seed),
      PAYMENTS_URL: this.#paymentsUrl,
      UNLEASH_URL: unleash.url,
      UNLEASH_TOKEN: unleash.token,
    });
  }

  async #run(name: string, program: string, env: Readonly<Record<string, string>>): Promise<Instance> {
    const { folder, signal } = this.#options;
    signal.throwIfAborted();
    const instance = await startInstance({ name, program, env, logFile: join(folder, `${name}.log`) });
    this.#alive.add(instance);
    return instance;
  }
}

/** Owns the processes that it starts; disposing drains and ends them all. */
export function createFleet(options: FleetOptions): Fleet {
  return new ShopFleet(options);
}
