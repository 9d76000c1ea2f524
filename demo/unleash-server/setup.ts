/** A real Unleash for the demo and the tests: `await using unleash = await startUnleash()`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureUnleash, type Progress } from './install.ts';
import type { UnleashTokens } from './unleash.ts';

export { type Admin, createAdmin, seed } from './admin.ts';
export { ensureUnleash, type Progress } from './install.ts';
export type { UnleashTokens } from './unleash.ts';

export interface UnleashServer extends UnleashTokens, AsyncDisposable {}

/** Starts PostgreSQL and Unleash in processes of their own, 127.0.0.1 only; installs them first when they are missing. */
export async function startUnleash(progress: Progress = () => {}): Promise<UnleashServer> {
  await ensureUnleash(progress);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C goes to us alone; we close the pipe, and both servers end in good order.
    detached: true,
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let complaint = '';
  child.stderr.on('data', (text) => (complaint += text));
  child.stdin.on('error', () => {});
  const ready = Promise.withResolvers<UnleashTokens>();
  createInterface(child.stdout).once('line', (line) => ready.resolve(JSON.parse(line) as UnleashTokens));
  child.once('error', ready.reject);
  ended.then((code) => ready.reject(new Error(`Unleash did not start (exit code ${code}): ${complaint.trim()}`)));
  const tokens = await ready.promise;
  return {
    ...tokens,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
