/** The SLOs of the OpenSLO v1 files that the configuration names. */

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { HingeError } from '../errors.ts';
import { documentsOf } from './openslo/document.ts';
import { slosOf } from './openslo/slos.ts';
import type { SloSettings } from './slo.ts';

export interface OpenSloFiles {
  /** Paths, relative to the folder of hinge.yaml. */
  readonly files: readonly string[];
  /** Path of hinge.yaml, where there is one. */
  readonly beside: string | undefined;
  /** Names that SLOs have already. */
  readonly taken: ReadonlySet<string>;
  /** What is wrong with the n-th file's name. */
  readonly refusal: (index: number, message: string) => HingeError;
}

/** All files together: an SLO may refer to the SLI of another. */
export function readOpenSlo({ files, beside, taken, refusal }: OpenSloFiles): SloSettings[] {
  const folder = beside === undefined ? '.' : dirname(beside);
  const documents = files.flatMap((file, index) => {
    if (files.indexOf(file) < index) throw refusal(index, `names ${file} a second time`);
    const path = resolve(file) === file ? file : join(folder, file);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch {
      throw refusal(index, `cannot read ${path}; the path counts from the folder of hinge.yaml`);
    }
    return documentsOf(text, path);
  });
  return slosOf(documents, taken);
}
