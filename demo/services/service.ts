/** The life of one instance: telemetry first, then serve, learn the peers, and on SIGTERM drain, flush and end. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRouter, type Route } from './http.ts';
import { createRandom, drawMs, type Random, type ServiceTime } from './random.ts';
import { startTelemetry } from './telemetry.ts';

/** Base URLs of the instances in service, by service. */
export type Peers = Readonly<Record<string, readonly string[]>>;

/** From the orchestrator to an instance: who is in service now. */
export interface PeersMessage {
  readonly kind: 'peers';
  readonly peers: Peers;
}

/** From an instance to the orchestrator: it listens, it has heard of the peers. */
export type InstanceMessage = { readonly kind: 'listening'; readonly url: string } | { readonly kind: 'peers-known' };

/** What a handler works with. */
export interface Surroundings {
  readonly random: Random;
  /** Takes as long as the service's own work would. */
  work(time: ServiceTime): Promise<void>;
  /** An instance of the service, in turn. */
  peer(service: string): string;
}

const SWEEP_MS = 20;
/** The release is baked into the binary by the package builder. */
const RELEASE = process.env.RELEASE ?? 'dev';

function createSurroundings(random: Random): Surroundings & { learn(peers: Peers): void } {
  let peers: Peers = {};
  const turns = new Map<string, number>();
  return {
    random,
    learn(next) {
      peers = next;
    },
    async work(time) {
      await sleep(Math.round(drawMs(time, random)));
    },
    peer(service) {
      const turn = turns.get(service) ?? 0;
      turns.set(service, turn + 1);
      const instances = peers[service] ?? [];
      const url = instances[turn % instances.length];
      if (url === undefined) throw new Error(`no instance of ${service} is in service`);
      return url;
    },
  };
}

/** Answers what is under way; a kept connection is closed as soon as it is idle. */
async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  await closed;
  clearInterval(sweep);
}

const tell = (message: InstanceMessage): void => void process.send?.(message);

/** Runs the service until SIGTERM, or until the orchestrator is gone. `stop` is called after the last request. */
export async function runService(
  name: string,
  routesOf: (surroundings: Surroundings) => readonly Route[],
  stop: () => Promise<void> = async () => {},
): Promise<void> {
  const instance = process.env.SERVICE_INSTANCE ?? `${name}-${process.pid}`;
  const telemetry = await startTelemetry({ name, version: RELEASE, instance, file: process.argv[1] ?? '' });
  const surroundings = createSurroundings(createRandom(`${process.env.SEED ?? '1'} ${instance}`));
  const server = createRouter(routesOf(surroundings));
  process.on('message', (message: PeersMessage) => {
    surroundings.learn(message.peers);
    tell({ kind: 'peers-known' });
  });
  process.once('disconnect', () => process.exit(0));
  process.once('SIGTERM', async () => {
    await drain(server);
    await stop();
    await telemetry.shutdown();
    process.exit(0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log(`${name} ${RELEASE} listens as ${instance}`);
  tell({ kind: 'listening', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
