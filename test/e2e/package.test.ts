/** What `npm pack` publishes: it holds what it needs, and its command runs from compiled JavaScript. */

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder } from '../support/hinge.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const folder = scratchFolder();
const installed = join(folder.path, 'hinge');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  bin: { hinge: string };
  files: string[];
  exports: Record<string, { types: string; default: string }>;
};

beforeAll(async () => {
  mkdirSync(installed);
  await run(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')],
    { cwd: ROOT },
  );
  for (const name of ['package.json', ...manifest.files.filter((file) => file !== 'dist')]) {
    cpSync(join(ROOT, name), join(installed, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
});
afterAll(() => folder[Symbol.dispose]());

const hinge = (...argv: string[]) =>
  run(process.execPath, [join(installed, manifest.bin.hinge), ...argv], { cwd: folder.path });

describe('the published package', () => {
  it('lists its commands', async () => {
    expect((await hinge('--help')).stdout).toMatch(/^hinge: what you open on the day after an upgrade\n/);
  });

  it('finds its engine', async () => {
    expect((await hinge('doctor', '--server', 'http://127.0.0.1:9')).stdout).toMatch(/^ok {4}engine +embedded/m);
  });

  it('compares files: the engine runs from compiled JavaScript', async () => {
    const file = folder.write('one.json', '{"resourceSpans":[]}\n');
    const refusal = await hinge('compare', '--before', file, '--after', file).catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(refusal).toMatchObject({ code: 2, stderr: expect.stringContaining('no spans in it') });
  });

  it('gives applications hinge/backoff, with types', async () => {
    for (const path of Object.values(manifest.exports['./backoff'] ?? {}))
      expect(existsSync(join(installed, path))).toBe(true);
    const program = `import { createBackoff } from ${JSON.stringify(join(installed, manifest.exports['./backoff']?.default ?? ''))};
const backoff = createBackoff({ flag: 'f', flags: { getVariant: () => ({ name: 'disabled', enabled: false }) } });
console.log(await backoff.run('once', async ({ number }) => number));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder.path });
    expect(stdout).toBe('1\n');
  });

  it('runs the example of docs/backoff.md, over HTTP, by the name that applications import', async () => {
    mkdirSync(join(folder.path, 'application/node_modules'), { recursive: true });
    symlinkSync(installed, join(folder.path, 'application/node_modules/hinge'));
    const page = readFileSync(join(installed, 'docs/backoff.md'), 'utf8');
    const example = folder.write('application/example.mjs', /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    expect((await run(process.execPath, [example])).stdout).toBe('charged after 3 calls\n');
  });
});
