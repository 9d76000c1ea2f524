/** Builds an upgrade package of the shop: each service bundled into one executable file, and the papers, in a zip file. */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { rolldown } from 'rolldown';
import { ZipFile } from 'yazl';

export interface Release {
  readonly version: string;
  /** Entry in services/ for each binary. */
  readonly entries: Readonly<Record<string, string>>;
  /** What the vendor cares to say. */
  readonly manifest: string;
}

const PLAIN = { gateway: 'gateway.ts', pricing: 'pricing.ts', inventory: 'inventory.ts' };

export const RELEASE_OF_OLD: Release = {
  version: '7.1.0',
  entries: { ...PLAIN, checkout: 'checkout-built-in.ts' },
  manifest: 'Shop 7.1.0\nMaintenance release.\n',
};

export const RELEASE_OF_NEW: Release = {
  version: '7.2.0',
  entries: { ...PLAIN, checkout: 'checkout-flagged.ts' },
  manifest: 'Shop 7.2.0\nVarious improvements and fixes. Components: several. Restart recommended.\n',
};

const EXECUTABLE = 0o100755;
const PAPER = 0o100644;
const PAPERS = [
  { path: 'README.txt', mode: PAPER },
  { path: 'install.sh', mode: EXECUTABLE },
  { path: 'certs/release-signing.pem', mode: PAPER },
  { path: 'bin/shopctl', mode: EXECUTABLE },
] as const;

/** One time for all entries, in the local time that zip files keep: the same content gives the same bytes, everywhere. */
const STAMP = { mtime: new Date(2026, 0, 1), forceDosTimestamp: true } as const;

/**
 * The whole program in one file. The version stands in the first line: a hash of the file's two ends and its length, as the
 * build identity is, would miss a change in the middle that keeps the length.
 */
async function bundle(service: string, entry: string, version: string): Promise<Buffer> {
  await using build = await rolldown({
    input: join(import.meta.dirname, 'services', entry),
    platform: 'node',
    logLevel: 'silent',
    transform: { define: { 'process.env.RELEASE': JSON.stringify(version) } },
  });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  return Buffer.from(`#!/usr/bin/env node\n// ${service} ${version}\n${output[0].code}`);
}

/** Writes the package of `release` to `zipPath`. Byte for byte the same for the same sources. */
export async function buildPackage(release: Release, zipPath: string): Promise<void> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(release.manifest), 'MANIFEST.txt', { ...STAMP, mode: PAPER });
  for (const { path, mode } of PAPERS) {
    zip.addBuffer(await readFile(join(import.meta.dirname, 'package-files', path)), path, { ...STAMP, mode });
  }
  for (const [service, entry] of Object.entries(release.entries)) {
    const program = await bundle(service, entry, release.version);
    zip.addBuffer(program, `bin/${service}`, { ...STAMP, mode: EXECUTABLE });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(zipPath));
}
