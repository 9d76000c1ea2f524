/** A configuration written to a file, and how it is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Config, loadConfig } from '../../config.ts';
import { HingeError } from '../../errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'hinge-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

export function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

export const fromText = (text: string): Config =>
  loadConfig({ file: write('hinge.yaml', text), environment: {}, assignments: [] });

/** The message without the folder, or `accepted`. Anything else than a refusal is thrown on. */
export function refusalOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (thrown) {
    if (thrown instanceof HingeError && thrown.code === 'CONFIG_INVALID') {
      return thrown.message.replaceAll(`${folder}/`, '');
    }
    throw thrown;
  }
}
