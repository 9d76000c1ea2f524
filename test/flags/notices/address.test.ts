/** Where no notice ever goes: nothing below reaches a listening server, by whatever spelling, name, rebinding or redirect. */
import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusedAddress } from '../../../flags/notices/address.ts';
import { post, type Resolve } from '../../../flags/notices/post.ts';
import { openReceiver, type Receiver } from './scene.ts';

let here: Receiver;
let here6: Receiver;
beforeAll(async () => {
  here = await openReceiver();
  here6 = await openReceiver(() => 204, '::1');
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await here6[Symbol.asyncDispose]();
});

const PUBLIC = '203.0.113.7';
const to = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const NAMES: Readonly<Record<string, LookupAddress[]>> = {
  'loopback.test': to('127.0.0.1'),
  'loopback6.test': to('::1'),
  'mapped.test': to('::ffff:127.0.0.1'),
  'mapped-hex.test': to('::ffff:7f00:1'),
  'nat64.test': to('64:ff9b::7f00:1'),
  'tunnel.test': to('2002:7f00:1::'),
  'private.test': to('10.1.2.3'),
  'metadata.test': to('169.254.169.254'),
  'metadata-mapped.test': to('::ffff:169.254.169.254'),
  'zone.test': to('fe80::1%eth0'),
  'one-of-two.test': to(PUBLIC, '127.0.0.1'),
  'unspecified.test': to('0.0.0.0'),
  'xn--bcher-kva.test': to('127.0.0.1'),
  'nobody.test': [],
};

const byTable: Resolve = async (host) => {
  const found = NAMES[host];
  if (found === undefined) throw new Error(`${host} was not to be asked for`);
  return found;
};

const send = (url: string, allowPrivate = false, resolve: Resolve = byTable) =>
  post({ url: new URL(url), allowPrivate, headers: {}, body: '{}' }, resolve, new AbortController().signal, 0);

const LITERALS = [
  '127.0.0.1',
  '127.1',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '2130706433',
  '１２７.０.０.１',
  '127。0。0。1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '0.0.0.0',
  '0',
  '[::]',
  '[::127.0.0.1]',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '198.18.0.1',
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[fe80::1]',
  '[fd12::1]',
  '[fd00:ec2::254]',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
];

describe('unless allowed, no notice reaches', () => {
  it.each([...LITERALS, ...Object.keys(NAMES).filter((name) => name !== 'nobody.test'), 'BÜCHER.test'])(
    '%s',
    async (host) => {
      for (const { port } of [here, here6]) {
        await expect(send(`http://${host}:${port}/hook`)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      }
      expect([here.connections(), here6.connections()]).toEqual([0, 0]);
    },
  );
});

describe('whatever is allowed, no notice reaches', () => {
  it.each([
    '169.254.169.254',
    '[::ffff:169.254.1.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '0.0.0.0',
    '[::]',
    '168.63.129.16',
    'metadata.test',
    'metadata-mapped.test',
    'zone.test',
  ])('%s', async (host) => {
    await expect(send(`http://${host}:${here.port}/`, true)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(here.connections()).toBe(0);
  });

  it('an address that a name takes on after it was checked: it is resolved once, at each connection', async () => {
    await using door = await openReceiver();
    const answers = [to('127.0.0.1'), to('169.254.169.254')];
    let asked = 0;
    const rebinding: Resolve = async () => answers[asked++] ?? [];
    expect(await send(`http://rebind.test:${door.port}/`, true, rebinding)).toMatchObject({ status: 204 });
    expect([asked, door.connections()]).toEqual([1, 1]);
    await expect(send(`http://rebind.test:${door.port}/`, true, rebinding)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect([asked, door.connections()]).toEqual([2, 1]);
  });

  it('where a redirect leads', async () => {
    await using door = await openReceiver(() => [307, { location: here.url }]);
    expect(await send(door.url, true)).toMatchObject({ status: 307 });
    expect([door.received.length, here.connections()]).toEqual([1, 0]);
  });

  it('a name without an address', async () => {
    await expect(send('http://nobody.test/', true)).rejects.toThrow('nobody.test has no address');
  });
});

it('any mapped or translated form of a refused address is refused', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.boolean(), (address, allowPrivate) => {
      const told = refusedAddress(address, allowPrivate) === null;
      expect(refusedAddress(`::ffff:${address}`, allowPrivate) === null).toBe(told);
      expect(refusedAddress(`64:ff9b::${address}`, allowPrivate) === null).toBe(told);
      expect(refusedAddress(`::${address}`, allowPrivate) === null).toBe(address === '0.0.0.1' && allowPrivate);
    }),
  );
});

// Last: above, not one connection may have been made.
it('where private addresses are allowed, they are reached: by number and by name, IPv4 and IPv6', async () => {
  expect(await send(here.url, true)).toMatchObject({ status: 204 });
  expect(await send(here6.url, true)).toMatchObject({ status: 204 });
  expect(await send(`http://loopback.test:${here.port}/hook`, true)).toMatchObject({ status: 204 });
  expect(await send(`http://mapped.test:${here.port}/hook`, true)).toMatchObject({ status: 204 });
  expect([here.received.length, here6.received.length]).toEqual([3, 1]);
});
