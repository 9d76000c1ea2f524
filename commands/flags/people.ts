/** What people say to the controller: approve, restore, hold, resume, stop. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HingeError } from '../../errors.ts';
import type { Client } from '../client.ts';
import { EXIT, type Invocation } from '../command.ts';
import { configOf } from '../configure.ts';
import { stopFileAt } from '../serve/stop-file.ts';
import { text } from '../words.ts';
import { awaiting, type FlagStatus, type Items } from './status.ts';

function flagOf({ words: [action, flag] }: Invocation): string {
  if (flag === undefined) throw new HingeError('USAGE', `name the flag: hinge flags ${action} FLAG`);
  return flag;
}

const pathOf = (flag: string, word: string): string => `/api/v1/flags/${encodeURIComponent(flag)}/${word}`;

function said({ print }: Invocation, words: string): number {
  print(`${words}\n`);
  return EXIT.fine;
}

/** Approves what awaits; with two people asked for, the first one hears that another is needed. */
async function answer(invocation: Invocation, client: Client, word: 'approve' | 'restore'): Promise<number> {
  const flag = flagOf(invocation);
  const [environment, id] = [text(invocation.values, 'environment'), text(invocation.values, 'proposal')];
  const choice = { ...(environment === undefined ? {} : { environment }), ...(id === undefined ? {} : { id }) };
  const { items } = await client.post<Items<FlagStatus>>(pathOf(flag, word), choice);
  const own = items.filter((each) => each.flag === flag);
  const still = own.map(awaiting).join('');
  return said(invocation, `${flag}: your word is in the journal${still === '' ? '' : `\n${still.trimEnd()}`}`);
}

export const approve = (invocation: Invocation, client: Client) => answer(invocation, client, 'approve');
export const restore = (invocation: Invocation, client: Client) => answer(invocation, client, 'restore');

export async function hold(invocation: Invocation, client: Client): Promise<number> {
  const flag = flagOf(invocation);
  await client.post(pathOf(flag, 'hold'));
  return said(invocation, `${flag} is held: Hinge changes it no more until hinge flags resume ${flag}`);
}

export async function resume(invocation: Invocation, client: Client): Promise<number> {
  const [, flag] = invocation.words;
  await client.post(flag === undefined ? '/api/v1/resume?way=command' : pathOf(flag, 'resume'));
  return said(invocation, flag === undefined ? 'resumed; flags that people hold stay held' : `${flag} is resumed`);
}

/** Where no Hinge answers, the file in its data folder says the same to one that cannot answer or starts later. */
function stopByFile(invocation: Invocation, cause: unknown): never {
  const { data, flags } = configOf(invocation);
  if (!(cause instanceof HingeError) || cause.code !== 'SERVER_UNREACHABLE' || !existsSync(data)) throw cause;
  const file = stopFileAt(flags.stopFile ?? join(data, 'STOP'));
  file.write(invocation.environment.USER ?? 'the command line');
  throw new HingeError(cause.code, `${cause.message}. The file ${file.path} now stops a Hinge of this data folder`);
}

export async function stop(invocation: Invocation, client: Client): Promise<number> {
  await client.post('/api/v1/stop?way=command').catch((cause: unknown) => stopByFile(invocation, cause));
  return said(invocation, 'stopped: Hinge changes no flag until hinge flags resume');
}
