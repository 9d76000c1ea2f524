/** `hinge package diff`: which binaries of a package changed. */

import { HingeError } from '../errors.ts';
import { type Command, EXIT } from './command.ts';
import { diffPackages } from './package/diff.ts';
import { readPackage } from './package/read.ts';
import { choice } from './words.ts';

export const packageCommand: Command = {
  summary: 'which binaries differ between two packages, with their build ids',
  help: `hinge package diff OLD.zip NEW.zip [--format text|json]

A binary's build id is the htlhash of the OpenTelemetry semantic conventions: the running process reports the same one.

Example
  hinge package diff old.zip new.zip`,
  options: { format: { type: 'string' } },
  async run({ words, values, print }) {
    const [action, previous, next] = words;
    if (action !== 'diff' || previous === undefined || next === undefined) {
      throw new HingeError('USAGE', 'expected hinge package diff OLD.zip NEW.zip');
    }
    const format = choice(values, 'format', ['text', 'json'] as const, 'text');
    const difference = diffPackages(await readPackage(previous), await readPackage(next));
    if (format === 'json') print(`${JSON.stringify(difference, null, 2)}\n`);
    else
      for (const each of difference.changed)
        print(`${each.service.padEnd(20)} ${each.from} -> ${each.to}  ${each.path ?? ''}\n`);
    return EXIT.fine;
  },
};
