/** The global stop as a file: what counts as there, who is told, and what it keeps from being written. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardWrites, stopFileAt, watchStopFile } from '../../../commands/serve/stop-file.ts';
import type { Said } from '../../../flags/brake.ts';
import type { FlagPort, Undo } from '../../../flags/port.ts';
import { silentLog } from '../../support/engine.ts';
import { scratchFolder } from '../../support/hinge.ts';

let folder: ReturnType<typeof scratchFolder>;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => folder[Symbol.dispose]());

describe('it is there', () => {
  it.each<[string, (path: string) => void, boolean]>([
    ['not when nothing is', () => {}, false],
    ['as a file, even an empty one', (path) => writeFileSync(path, ''), true],
    ['as a folder', (path) => mkdirSync(path), true],
    ['where its place cannot be looked at', (path) => symlinkSync(path, path), true],
  ])('%s', (_, make, there) => {
    const path = join(folder.path, 'STOP');
    make(path);
    expect(stopFileAt(path).exists()).toBe(there);
  });

  it('after it was written, in a folder that was not there, until it is removed', () => {
    const file = stopFileAt(join(folder.path, 'new', 'STOP'));
    file.write('ada');
    expect(file.exists()).toBe(true);
    file.remove();
    file.remove();
    expect(file.exists()).toBe(false);
  });
});

it('its coming and going is told, once each, and that it was there at the start', async () => {
  const file = stopFileAt(join(folder.path, 'STOP'));
  const told: string[] = [];
  const tell = {
    stop: ({ actor, way }: Said) => void told.push(`stop: ${actor}, ${way}`),
    resume: ({ actor, way }: Said) => void told.push(`resume: ${actor}, ${way}`),
  };
  const until = async (length: number) => {
    for (let turn = 0; told.length < length && turn < 100; turn++) await delay(20);
  };
  {
    using _watching = watchStopFile(file, tell, silentLog);
    file.write('ada');
    await until(1);
    file.remove();
    await until(2);
  }
  file.write('ada');
  watchStopFile(file, tell, silentLog)[Symbol.dispose]();
  file.remove();
  writeFileSync(file.path, 'do not touch');
  watchStopFile(file, tell, silentLog)[Symbol.dispose]();
  expect(told).toEqual(['stop: ada, file', 'resume: a person, file', 'stop: ada, file', 'stop: a person, file']);
});

it('keeps every write from the flag server, and lets reads pass', async () => {
  const called: string[] = [];
  const heard = (name: string) => async () => void called.push(name);
  const port = new Proxy({} as FlagPort, {
    ownKeys: () => ['snapshot', 'setRollout', 'setPayload', 'disable', 'enable', 'undo'],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, name) => heard(String(name)),
  });
  const file = stopFileAt(join(folder.path, 'STOP'));
  const guarded = guardWrites(port, file);
  const writes = [
    () => guarded.disable('f', 'e'),
    () => guarded.enable('f', 'e'),
    () => guarded.setRollout('f', 'e', 's', '100', '5'),
    () => guarded.setPayload('f', 'e', { strategyId: 's', variant: 0 }, 'a', 'b'),
    () => guarded.undo('f', 'e', { kind: 'enabled', ours: false, theirs: true } as unknown as Undo),
  ];
  file.write('ada');
  for (const write of writes) await expect(write()).rejects.toMatchObject({ code: 'FLAGS_UNAVAILABLE' });
  await guarded.snapshot('f', 'e');
  expect(called).toEqual(['snapshot']);
  file.remove();
  for (const write of writes) await write();
  expect(called).toEqual(['snapshot', 'disable', 'enable', 'setRollout', 'setPayload', 'undo']);
});
