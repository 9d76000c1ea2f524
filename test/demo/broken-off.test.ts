/** The demo, broken off in the middle. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { LIMIT_MS, openFolder, startDemo } from './demo-process.ts';
import { isRunning, until } from './shop.ts';

it('leaves nothing running when it is broken off', { timeout: LIMIT_MS }, async () => {
  await using folder = await openFolder();
  const { demo, exited, said } = startDemo(folder.path);
  const pids: number[] = [];
  let output = '';
  demo.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await until(() => output.includes('processes, logs in'));
  const { stdout } = spawn('ps', ['-e', '-o', 'pid=,args=']);
  for (const line of (await text(stdout)).split('\n')) {
    if (line.includes(folder.path)) pids.push(Number.parseInt(line, 10));
  }
  expect(pids.length).toBeGreaterThanOrEqual(13);
  demo.kill('SIGINT');
  expect(await exited, await said).toBe(130);
  expect(pids.filter(isRunning)).toEqual([]);
});
