/** The story end to end, as a user starts it: every part is real. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model.ts';
import { isRunning, until } from './shop.ts';

const DEMO = join(import.meta.dirname, '../../demo/demo.ts');
const LIMIT_MS = 420_000;

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'hinge-story-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function start(words: readonly string[]) {
  const demo = spawn(process.execPath, [DEMO, ...words], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const exited = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  return { demo, exited, printed: text(demo.stdout), said: text(demo.stderr) };
}

async function play(...words: string[]): Promise<{ code: number | null; printed: string; report: Report }> {
  await using folder = await openFolder();
  const { exited, printed } = start(['--fast', '--out', folder.path, ...words]);
  const code = await exited;
  const report = JSON.parse(await readFile(join(folder.path, 'report.json'), 'utf8')) as Report;
  expect(await readFile(join(folder.path, 'report.html'), 'utf8')).toContain(report.headline.slice(0, 20));
  return { code, printed: await printed, report };
}

describe('the demo', () => {
  it('finds the fault, names the binary, turns the flag down and proves the recovery', {
    timeout: LIMIT_MS,
  }, async () => {
    const { code, printed, report } = await play();
    expect(code, printed).toBe(0);
    expect(report.suspects[0]).toMatchObject({ service: 'checkout', changed: true });
    expect(printed).toContain('recovery proved');
  });

  it('finds nothing and touches no flag without the fault', { timeout: LIMIT_MS }, async () => {
    const { code, printed, report } = await play('--no-fault');
    expect(code, printed).toBe(0);
    expect(report.findings.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
  });

  it('leaves nothing running when it is broken off', { timeout: LIMIT_MS }, async () => {
    await using folder = await openFolder();
    const { demo, exited, said } = start(['--fast', '--out', folder.path]);
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
});
