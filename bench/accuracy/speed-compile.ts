/** The report of the speed bench as JavaScript, as Hinge is installed: what strips types off at the start takes memory of its own. */

import { execFile } from 'node:child_process';
import { copyFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const ENTRIES = ['bench/accuracy/speed-report.ts', 'commands/**/*-thread.ts'];

/** Returns where it stands. `folder`: empty, and gone afterwards. */
export async function compileReport(folder: string): Promise<string> {
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const settings = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: { outDir: folder, rootDir: ROOT, declaration: false, typeRoots: ['node_modules/@types'] },
    include: ENTRIES.map((entry) => join(ROOT, entry)),
  };
  const project = join(folder, 'tsconfig.json');
  await writeFile(project, JSON.stringify(settings));
  await promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), ['--project', project]);
  return join(folder, 'bench/accuracy/speed-report.js');
}
