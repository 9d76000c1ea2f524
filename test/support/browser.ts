/** A real Chromium for tests: the one inside @sparticuz/chromium, so nothing is downloaded. */
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/**
 * Works as root and as an ordinary user. The package's own arguments are for one page in a cloud function
 * (`--single-process` dies with its first context, `--disable-web-security` would hide faults), so they are left out.
 * Close it when done: `await using browser = await openBrowser()`.
 */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await unpacked(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
    headless: true,
  });
}

/**
 * The package unpacks to `$TMPDIR/chromium` and takes whatever lies there, even if another user owns it or another
 * process still writes it. So: unpack into a fresh folder, then move that into the place of this user in one step.
 */
async function unpacked(): Promise<string> {
  const home = join(tmpdir(), `hinge-chromium-${userInfo().uid}`);
  const executable = join(home, 'chromium');
  if (existsSync(executable)) return executable;
  const fresh = await mkdtemp(join(tmpdir(), 'hinge-chromium-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = fresh;
  try {
    await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  await rename(fresh, home).catch(() => rm(fresh, { recursive: true, force: true }));
  return executable;
}
