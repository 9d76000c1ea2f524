/** The demo as a user starts it, in a folder that goes with it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const DEMO = join(import.meta.dirname, '../../demo/demo.ts');

/** Of a test that plays the whole demo. */
export const LIMIT_MS = 420_000;

export async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'hinge-story-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** With short windows. */
export function startDemo(folder: string, words: readonly string[] = []) {
  const args = [DEMO, '--fast', '--out', folder, ...words];
  const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const exited = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  return { demo, exited, printed: text(demo.stdout), said: text(demo.stderr) };
}
