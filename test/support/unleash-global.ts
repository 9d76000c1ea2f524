/** One real Unleash for a whole test run: started when the first test asks for it, ended after the last. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { createAdmin, startUnleash, type UnleashServer, type UnleashTokens } from '../../demo/unleash-server/setup.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the `SharedUnleash` of the run. */
    unleashBroker: string;
  }
}

export interface User {
  readonly userId: number;
  readonly token: string;
}

export interface SharedUnleash extends UnleashTokens {
  /** A bot and a person, both of root role Editor. */
  readonly bot: User;
  readonly person: User;
}

interface Started {
  readonly server: UnleashServer;
  readonly shared: SharedUnleash;
}

async function start(): Promise<Started> {
  const server = await startUnleash((line) => process.stderr.write(`${line}\n`));
  const { url, adminToken, backendToken } = server;
  const admin = createAdmin(server);
  const bot = await admin.user('hinge-bot', 'Editor');
  const person = await admin.user('person', 'Editor');
  return { server, shared: { url, adminToken, backendToken, bot, person } };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<Started> | undefined;
  const path = `/${randomUUID()}`;
  const broker = createServer(async (request, response) => {
    if (request.url !== path) return void response.writeHead(404).end();
    started ??= start();
    try {
      response.end(JSON.stringify((await started).shared));
    } catch (thrown) {
      response.writeHead(500).end(String(thrown));
    }
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  const { port } = broker.address() as AddressInfo;
  project.provide('unleashBroker', `http://127.0.0.1:${port}${path}`);
  return async () => {
    broker.closeAllConnections();
    broker.close();
    const running = await started?.catch(() => undefined);
    await running?.server[Symbol.asyncDispose]();
  };
}
