/** The version of this Hinge, from its package.json. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const VERSION: string = versionOf(import.meta.dirname);

/** Sources lie one folder below package.json, the published build two. */
function versionOf(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  return dirname(folder) === folder ? 'unknown' : versionOf(dirname(folder));
}
