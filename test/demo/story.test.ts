/** The story end to end, as a user starts it: every part is real. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model.ts';
import { LIMIT_MS, openFolder, startDemo } from './demo-process.ts';

async function play(...words: string[]): Promise<{ code: number | null; printed: string; report: Report }> {
  await using folder = await openFolder();
  const { exited, printed } = startDemo(folder.path, words);
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
});
