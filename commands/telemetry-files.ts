/** Telemetry files by name, folder or pattern. */

import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HingeError } from '../errors.ts';

const ENDINGS = ['.json', '.jsonl', '.ndjson'].flatMap((ending) => [ending, `${ending}.gz`]);

/**
 * The files that words name, sorted, each once: a file as it is, a folder's telemetry files, a pattern's matches.
 * @throws HingeError FILE_MISSING naming the word that gives nothing
 */
export function telemetryFiles(words: readonly string[]): string[] {
  return [...new Set(words.flatMap(filesOf))].sort();
}

function filesOf(word: string): string[] {
  const status = statSync(word, { throwIfNoEntry: false });
  if (status?.isFile()) return [word];
  const pattern = status?.isDirectory() ? join(word, `**/*{${ENDINGS.join(',')}}`) : word;
  const found = globSync(pattern).filter((path) => statSync(path).isFile());
  if (found.length > 0) return found;
  const what =
    status === undefined ? 'there is no such file' : `the folder holds no file ending in ${ENDINGS.join(', ')}`;
  throw new HingeError(
    'FILE_MISSING',
    `${word}: ${what}; give OTLP/JSON lines as the Collector's file exporter writes them`,
  );
}
