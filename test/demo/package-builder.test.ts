import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffPackages } from '../../commands/package/diff.ts';
import { htlhashOfFile } from '../../commands/package/htlhash.ts';
import { readPackage } from '../../commands/package/read.ts';
import { startInstance } from '../../demo/instance.ts';
import { buildPackage, RELEASE_OF_NEW } from '../../demo/package-builder.ts';
import { exchange } from '../../demo/services/http.ts';
import { openShop, openSink, type Shop, until } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe('the two upgrade packages', () => {
  it('are the same bytes whenever they are built', async () => {
    const again = join(shop.folder, 'again.zip');
    await buildPackage(RELEASE_OF_NEW, again);
    expect((await readFile(again)).equals(await readFile(shop.fresh.zip))).toBe(true);
  });

  it('differ in four binaries, each with a build identity of its own', async () => {
    const { changed, unchangedCount } = diffPackages(
      await readPackage(shop.old.zip),
      await readPackage(shop.fresh.zip),
    );
    expect(changed.map(({ service }) => service)).toEqual(['checkout', 'gateway', 'inventory', 'pricing']);
    expect(new Set(changed.flatMap(({ from, to }) => [from, to])).size).toBe(8);
    expect(unchangedCount).toBe(1);
  });

  it('hold a certificate that nobody vouches for', async () => {
    const { files } = await readPackage(shop.fresh.zip);
    const certificate = files.find(({ kind }) => kind === 'certificate')?.certificate;
    expect(certificate).toContain('issued by O=Unnamed Build Host');
  });

  it('unpack to executables with the build identity that the package names', async () => {
    const { files } = await readPackage(shop.fresh.zip);
    for (const file of files.filter(({ kind }) => kind === 'binary')) {
      const path = join(shop.fresh.folder, file.path);
      expect((await stat(path)).mode & 0o111).not.toBe(0);
      expect(await htlhashOfFile(path)).toBe(file.htlhash);
    }
  });
});

describe('a running binary', () => {
  it('reports the build identity of its file in the package', async () => {
    await using sink = await openSink();
    await using pricing = await startInstance({
      name: 'pricing-1',
      program: join(shop.fresh.folder, 'bin', 'pricing'),
      env: {
        SERVICE_INSTANCE: 'pricing-1',
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '50',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      },
      logFile: join(shop.folder, 'pricing.log'),
    });
    expect((await exchange({ method: 'GET', url: `${pricing.url}/prices/one` })).status).toBe(200);
    await until(() => sink.resources.length > 0);
    const { changed } = diffPackages(await readPackage(shop.old.zip), await readPackage(shop.fresh.zip));
    expect(sink.resources[0]).toMatchObject({
      'service.name': 'pricing',
      'service.version': '7.2.0',
      'service.instance.id': 'pricing-1',
      'process.executable.build_id.htlhash': changed.find(({ service }) => service === 'pricing')?.to,
    });
  });
});
