/** The shop's packages, built and unpacked once for a test file, and what tests need to watch its processes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildPackage, RELEASE_OF_NEW, RELEASE_OF_OLD, type Release } from '../../demo/package-builder.ts';
import { unpack } from '../../demo/unpack.ts';

export interface Shop extends AsyncDisposable {
  readonly folder: string;
  readonly old: { readonly version: string; readonly folder: string; readonly zip: string };
  readonly fresh: { readonly version: string; readonly folder: string; readonly zip: string };
}

export async function openShop(): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'hinge-shop-'));
  const ship = async (release: Release) => {
    const shipment = {
      version: release.version,
      folder: join(folder, release.version),
      zip: join(folder, `${release.version}.zip`),
    };
    await buildPackage(release, shipment.zip);
    await unpack(shipment.zip, shipment.folder);
    return shipment;
  };
  return {
    folder,
    old: await ship(RELEASE_OF_OLD),
    fresh: await ship(RELEASE_OF_NEW),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until `condition` holds; the test's own time limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface ExportRequest {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[];
  }[];
}

export interface Sink extends AsyncDisposable {
  readonly endpoint: string;
  /** Resources that sent spans, as plain objects. */
  readonly resources: Record<string, string | undefined>[];
}

/** Takes OTLP, and keeps the resources of what comes as JSON. */
export async function openSink(): Promise<Sink> {
  const resources: Record<string, string | undefined>[] = [];
  const server = createServer(async (request, response) => {
    const isJson = request.headers['content-type'] === 'application/json';
    const body = isJson ? ((await json(request)) as ExportRequest) : {};
    request.resume();
    for (const { resource } of body.resourceSpans ?? []) {
      resources.push(Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue])));
    }
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resources,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
