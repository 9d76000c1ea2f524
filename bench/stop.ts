/** How soon a person's stop is in force, by file and by API, in a `hinge serve` of its own: node bench/stop.ts [ROUNDS] */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningHinge, scratchFolder, serveHinge } from '../test/support/hinge.ts';

const ROUNDS = Number(process.argv[2] ?? 30);
const LIMIT_MS = 5_000;

/** From the act until Hinge says so on standard error. */
async function untilSaid(running: RunningHinge, words: string, act: () => void): Promise<number> {
  const before = running.err().length;
  const start = performance.now();
  act();
  while (!running.err().slice(before).includes(words)) {
    if (performance.now() - start > LIMIT_MS) throw new Error(`not heard within ${LIMIT_MS} ms: ${words}`);
    await Promise.race([delay(50), running.process.stderr && once(running.process.stderr, 'data')]);
  }
  return performance.now() - start;
}

async function byApi({ apiUrl }: RunningHinge, word: 'stop' | 'resume'): Promise<number> {
  const start = performance.now();
  await (await fetch(`${apiUrl}/api/v1/${word}`, { method: 'POST' })).arrayBuffer();
  return performance.now() - start;
}

function print(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (p: number) => (sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0).toFixed(1);
  console.log(
    `${what.padEnd(28)} p50 ${at(0.5)} ms   p95 ${at(0.95)} ms   max ${at(1)} ms   (${values.length} rounds)`,
  );
}

using folder = scratchFolder();
const ports = ['collector.port=0', 'collector.grpcPort=0', 'api.port=0'].flatMap((value) => ['--set', value]);
await using running = await serveHinge(['--data', folder.path, ...ports]);
const file = join(folder.path, 'STOP');
const measured = { stopByFile: [] as number[], resumeByFile: [] as number[], stopByApi: [] as number[] };
for (let round = 0; round < ROUNDS; round++) {
  // At any moment between two looks at the file.
  await delay(Math.random() * 250);
  measured.stopByFile.push(await untilSaid(running, 'the stop file is there', () => writeFileSync(file, '')));
  await delay(Math.random() * 250);
  measured.resumeByFile.push(await untilSaid(running, 'the stop file is gone', () => rmSync(file)));
  measured.stopByApi.push(await byApi(running, 'stop'));
  await byApi(running, 'resume');
  await delay(300);
}
print('stop by file', measured.stopByFile);
print('its end, by file', measured.resumeByFile);
print('stop by API, to its answer', measured.stopByApi);
