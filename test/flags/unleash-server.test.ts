/** The process that runs Unleash and PostgreSQL: it starts, and it never outlives its owner. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ensureUnleash } from '../../demo/unleash-server/setup.ts';

const script = join(import.meta.dirname, '../../demo/unleash-server/start.ts');
let folder = '';

beforeEach(async () => {
  await ensureUnleash();
  folder = await mkdtemp(join(tmpdir(), 'hinge-test-'));
  // PostgreSQL runs as another user where the tests run as root.
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (): ChildProcess =>
  spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: folder } });

async function exitOf(child: ChildProcess): Promise<unknown> {
  const [code] = await once(child, 'exit');
  return code;
}

it('prints where it answers; ends both servers on SIGTERM and leaves nothing behind', async () => {
  const child = run();
  if (child.stdout === null) throw new Error('no pipe');
  const [line] = await once(createInterface(child.stdout), 'line');
  const { url, adminToken, backendToken } = JSON.parse(line);
  const get = (path: string, token: string) => fetch(url + path, { headers: { authorization: token } });
  expect((await get('/api/admin/projects', adminToken)).status).toBe(200);
  expect((await get('/api/client/features', backendToken)).status).toBe(200);
  const exit = exitOf(child);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  await expect(get('/health', adminToken)).rejects.toThrow();
  expect(await readdir(folder)).toEqual([]);
});

it('ends when the pipe of its owner closes, also in the middle of starting', async () => {
  const child = run();
  const exit = exitOf(child);
  await vi.waitFor(async () => expect(await readdir(folder)).toHaveLength(1), 20_000);
  child.stdin?.end();
  expect(await exit).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});
