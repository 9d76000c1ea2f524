/** The port over a flagd file: what a file asks for beyond the contract of all flag servers. */
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFlagd } from '../../flags/flagd/flagd.ts';
import type { FlagPort } from '../../flags/port.ts';
import { quiet } from '../support/unleash.ts';

const ENV = 'production';
const PLACE = { strategyId: 'definition', variant: 0 };
const RETRY = { state: 'ENABLED', variants: { risky: { baseMs: 5 }, safe: { baseMs: 50 } }, defaultVariant: 'risky' };
const WHOLE = {
  $schema: 'https://flagd.dev/schema/v0/flags.json',
  flags: { retry: RETRY, theme: { state: 'ENABLED', variants: { dark: 'dark' }, defaultVariant: 'dark' } },
  $evaluators: { emails: { in: ['@', { var: ['email'] }] } },
};

let folder: string;
let path: string;
let port: FlagPort;
/** Called at each look, between the reading of the file and what follows from it. */
let atLook: () => void;

const open = () =>
  createFlagd({
    path,
    environment: ENV,
    log: quiet,
    clock: () => {
      atLook();
      return Date.now();
    },
  });
const write = (whole: unknown) => writeFileSync(path, typeof whole === 'string' ? whole : JSON.stringify(whole));
const onDisk = () => JSON.parse(readFileSync(path, 'utf8'));
const edited = (retry: object) => ({ ...WHOLE, flags: { ...WHOLE.flags, retry: { ...RETRY, ...retry } } });
const changes = async () => (await port.changesSince('retry', ENV, 0)).map(({ type, ours }) => [type, ours]);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hinge-flagd-'));
  path = join(folder, 'flags.json');
  write(WHOLE);
  atLook = () => {};
  port = open();
  await port.snapshot('retry', ENV);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the file', () => {
  it('keeps all that is not ours to change, its mode, and leaves no other file but the log', async () => {
    chmodSync(path, 0o640);
    await port.disable('retry', ENV);
    expect(onDisk()).toEqual(edited({ state: 'DISABLED' }));
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect((await readdir(folder)).sort()).toEqual(['flags.json', 'flags.json.hinge-log.json']);
  });

  it('is whole whenever somebody reads it', async () => {
    let isDone = false;
    const writes = (async () => {
      for (let time = 0; time < 20; time++) await (time % 2 === 0 ? port.disable : port.enable)('retry', ENV);
      isDone = true;
    })();
    let reads = 0;
    for (; !isDone || reads === 0; reads++) {
      expect(onDisk().flags.theme).toEqual(WHOLE.flags.theme);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writes;
    expect(await changes()).toHaveLength(20);
  });

  it('edited by somebody while we write: a conflict, and theirs stands', async () => {
    atLook = () => {
      atLook = () => {};
      write(edited({ defaultVariant: 'safe' }));
    };
    await expect(port.disable('retry', ENV)).rejects.toMatchObject({ code: 'FLAGS_CONFLICT', retryable: false });
    expect(onDisk()).toEqual(edited({ defaultVariant: 'safe' }));
    expect(await changes()).toEqual([['flag-changed', false]]);
  });

  it.each([
    ['not there', () => rmSync(path), 'FLAGS_UNAVAILABLE', /cannot be read/],
    ['half written', () => write('{"flags":{'), 'FLAGS_REFUSED', /not a flagd definition file/],
    ['something else', () => write('[]'), 'FLAGS_REFUSED', /not a flagd definition file/],
    [
      'of a state that flagd does not know',
      () => write(edited({ state: 'on' })),
      'FLAGS_REFUSED',
      /flags\.retry\.state/,
    ],
  ])('%s: nothing is decided on it', async (_name, spoil, code, message) => {
    spoil();
    await expect(port.snapshot('retry', ENV)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(port.disable('retry', ENV)).rejects.toMatchObject({ code });
  });
});

describe('payloads', () => {
  it('are those that are handed out: the default, and with rules any of them', async () => {
    const payloads = async () => (await port.snapshot('retry', ENV)).strategies[0]?.variants;
    expect(await payloads()).toEqual([{ name: 'risky', payload: '{"baseMs":5}' }]);
    write(
      edited({
        targeting: {
          fractional: [
            ['risky', 10],
            ['safe', 90],
          ],
        },
      }),
    );
    expect(await payloads()).toHaveLength(2);
    write(edited({ defaultVariant: null }));
    expect(await payloads()).toEqual([]);
  });

  it('are of the type that the variant has', async () => {
    await expect(port.setPayload('retry', ENV, PLACE, '{"baseMs":5}', '7')).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
    });
    await expect(port.setPayload('retry', ENV, PLACE, '{"baseMs":5}', '{')).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
    });
    await port.setPayload('theme', ENV, PLACE, 'dark', '7');
    expect(onDisk().flags.theme.variants).toEqual({ dark: '7' });
  });

  it('stand in for rollouts, which are rules here', async () => {
    await expect(port.setRollout('retry', ENV, 'definition', '100', '5')).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
    });
  });
});

describe('the log', () => {
  it('outlives the process, and tells what somebody edited while none ran', async () => {
    await port.disable('retry', ENV);
    write(edited({ state: 'ENABLED', defaultVariant: 'safe' }));
    port = open();
    expect(await changes()).toEqual([
      ['flag-disabled', true],
      ['flag-enabled', false],
      ['flag-changed', false],
    ]);
  });

  it('knows a write as ours whose process ended right after it', async () => {
    let looks = 0;
    atLook = () => {
      looks += 1;
      if (looks === 2) throw new Error('ended');
    };
    await expect(port.disable('retry', ENV)).rejects.toThrow('ended');
    expect(onDisk().flags.retry.state).toBe('DISABLED');
    atLook = () => {};
    port = open();
    expect(await changes()).toEqual([['flag-disabled', true]]);
  });

  it('that is lost begins anew with larger ids, so that an armed controller still sees what follows', async () => {
    await port.disable('retry', ENV);
    const { newestEventId } = await port.snapshot('retry', ENV);
    writeFileSync(`${path}.hinge-log.json`, '{');
    await port.snapshot('retry', ENV);
    write(WHOLE);
    expect(await port.changesSince('retry', ENV, newestEventId)).toMatchObject([{ ours: false, type: 'flag-enabled' }]);
  });

  it('tells a flag that is gone and one that came back', async () => {
    const { retry: _gone, ...flags } = WHOLE.flags;
    write({ ...WHOLE, flags });
    await expect(port.snapshot('retry', ENV)).rejects.toMatchObject({
      message: expect.stringMatching(/no flag "retry"/),
    });
    write(WHOLE);
    expect(await changes()).toEqual([
      ['flag-removed', false],
      ['flag-added', false],
    ]);
  });
});

it('cannot tell what applications are given', async () => {
  expect(await port.published(1)).toBeNull();
});
