/** Functions of a thread, called from outside: what they give and throw, and what happens when the thread ends. */

import { getActiveResourcesInfo } from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createThread, entryBeside } from '../../../commands/thread/caller.ts';
import { HingeError } from '../../../errors.ts';
import type { Odd } from './odd-thread.ts';

function open(data: unknown = null, signal?: AbortSignal) {
  const entry = entryBeside(import.meta, 'odd-thread');
  const thread = createThread<Odd>({ entry, name: 'odd', data, ...(signal === undefined ? {} : { signal }) });
  onTestFinished(() => thread[Symbol.asyncDispose]());
  return thread;
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('nothing was thrown'),
    (thrown: unknown) => thrown,
  );

describe('a thread', () => {
  it('is given its data, and gives back what its functions give, each to its caller', async () => {
    const thread = open({ seed: 1 });
    expect(await thread.call('given')).toEqual({ seed: 1 });
    const values = [null, undefined, 'text', -0, { list: [1, undefined] }, new Map([[1, 2]])];
    expect(await Promise.all(values.map((value) => thread.call('echo', value)))).toStrictEqual(values);
  });

  it('throws errors of Hinge with their code, text and whether to try again', async () => {
    const thrown = await thrownBy(open().call('refuse'));
    expect(thrown).toBeInstanceOf(HingeError);
    expect(thrown).toMatchObject({ code: 'STORE_UNAVAILABLE', message: 'it is away: wait', retryable: true });
  });

  it('throws its faults, with the place in the thread, and lives on', async () => {
    const thread = open();
    const before = await thread.call('thread');
    const thrown = await thrownBy(thread.call('break'));
    expect(thrown).not.toBeInstanceOf(HingeError);
    expect(thrown).toMatchObject({
      message: 'x is not a function',
      stack: expect.stringMatching(/^TypeError: x is not a function\n.*odd-thread\.ts/),
    });
    expect(await thrownBy(thread.call('unsendable'))).toMatchObject({
      message: expect.stringContaining('could not be cloned'),
    });
    expect(await thread.call('thread')).toBe(before);
  });
});

describe('a thread that ends', () => {
  it.each([
    ['throwLater', 'out of the blue'],
    ['exit', 'exit code 7'],
  ] as const)('by %s tells all who wait, and the next call has a new one', async (way, reason) => {
    const thread = open();
    const before = await thread.call('thread');
    const waiting = [thrownBy(thread.call('never')), thrownBy(thread.call(way))];
    for (const thrown of await Promise.all(waiting)) {
      expect(thrown).toBeInstanceOf(HingeError);
      expect(thrown).toMatchObject({
        code: 'INTERNAL',
        message: expect.stringMatching(new RegExp(`^the thread odd ended before its answer \\(.*${reason}.*\\)`)),
      });
    }
    expect(await thread.call('thread')).toBeGreaterThan(before);
  });
});

describe('closing', () => {
  it('cuts off what is under way, refuses what comes later, and leaves nothing open', async () => {
    const ports = () => getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = ports();
    const thread = open();
    await thread.call('thread');
    expect(ports()).toBeGreaterThan(before);
    const cutOff = thrownBy(thread.call('never'));
    await thread[Symbol.asyncDispose]();

    expect(await cutOff).toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('it was closed') });
    expect(await thrownBy(thread.call('echo', 1))).toMatchObject({ message: expect.stringContaining('is stopping') });
    expect(ports()).toBe(before);
  });

  it('comes of a signal as well, and of one that was given before', async () => {
    const closing = new AbortController();
    const thread = open(null, closing.signal);
    await thread.call('thread');
    const cutOff = thrownBy(thread.call('never'));
    closing.abort();
    expect(await cutOff).toMatchObject({ message: expect.stringContaining('it was closed') });
    for (const closed of [thread, open(null, closing.signal)])
      expect(await thrownBy(closed.call('thread'))).toMatchObject({ message: expect.stringContaining('is stopping') });
  });

  it('starts nothing where nothing was asked, and may happen twice', async () => {
    const thread = open();
    await thread[Symbol.asyncDispose]();
    await thread[Symbol.asyncDispose]();
    expect(await thrownBy(thread.call('thread'))).toMatchObject({ code: 'INTERNAL' });
  });
});
