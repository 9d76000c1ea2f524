/**
 * Runs PostgreSQL and Unleash: `node demo/unleash-server/start.ts`. Prints one JSON line {url, adminToken, backendToken} when
 * both are ready; ends both on SIGTERM, SIGINT, or when the pipe on its standard input closes, as it does when its parent dies.
 */
import { fstatSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './postgres.ts';
import { startUnleashProcess } from './unleash.ts';

const stop = new AbortController();
const ask = (): void => stop.abort();
process.once('SIGTERM', ask).once('SIGINT', ask);
const input = fstatSync(0);
if (input.isFIFO() || input.isSocket()) process.stdin.resume().once('end', ask).once('close', ask);

const stopped = new Promise<string>((resolve) => {
  stop.signal.addEventListener('abort', () => resolve('asked to stop'), { once: true });
});

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'hinge-unleash-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const postgres = stack.use(await startPostgres(folder, stop.signal));
  const unleash = stack.use(await startUnleashProcess(postgres.url, folder, stop.signal));
  const { url, adminToken, backendToken } = unleash;
  process.stdout.write(`${JSON.stringify({ url, adminToken, backendToken })}\n`);
  const failure = (name: string) => (how: string) => `${name} ended with ${how}`;
  const why = await Promise.race([
    stopped,
    postgres.ended.then(failure('PostgreSQL')),
    unleash.ended.then(failure('Unleash')),
  ]);
  if (!stop.signal.aborted) throw new Error(why);
}

await main().then(
  () => process.exit(0),
  (thrown: Error) => {
    if (stop.signal.aborted) process.exit(0);
    process.stderr.write(`${thrown.message}\n`);
    process.exit(1);
  },
);
