/** `hinge flags verify`: reads the journal line by line and checks its chain here, not where it is kept. */

import { HingeError } from '../../errors.ts';
import { verifyChain } from '../../flags/journal.ts';
import type { JournalEntry } from '../../model.ts';
import type { Client } from '../client.ts';
import { EXIT, type Invocation } from '../command.ts';
import { text } from '../words.ts';
import type { Items } from './status.ts';

async function readAll(client: Client): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const after = entries.at(-1)?.sequence ?? 0;
    const { items } = await client.get<Items<JournalEntry>>(`/api/v1/journal?after=${after}`);
    if (items.length === 0) return entries;
    entries.push(...items);
  }
}

const broken = ({ print }: Invocation, words: string): number => {
  print(`the journal does not fit: ${words}\n`);
  return EXIT.regressed;
};

export async function verify(invocation: Invocation, client: Client): Promise<number> {
  const known = text(invocation.values, 'last');
  if (known !== undefined && !/^[0-9a-f]{64}$/.test(known))
    throw new HingeError('USAGE', '--last takes the 64 hex digits that hinge flags verify printed');
  const entries = await readAll(client);
  const check = verifyChain(entries);
  if (!check.ok) return broken(invocation, check.reason);
  if (known !== undefined && !entries.some(({ hash }) => hash === known))
    return broken(invocation, `no line has the hash ${known}: lines were cut off the end`);
  const last = entries.at(-1);
  if (last === undefined) invocation.print('the journal is empty\n');
  else {
    const { sequence, hash } = last;
    invocation.print(
      `${sequence} lines, each follows from the one before; the last is ${hash}\nKeep that hash elsewhere: --last HASH then shows whether lines were cut off\n`,
    );
  }
  return EXIT.fine;
}
