/** Notices in the configuration: what is refused, and that no refusal repeats a secret. */
import { describe, expect, it } from 'vitest';
import { fromText, refusalOf } from './refusals.ts';

const SECRET = 'whsec_Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5';
const GOOD = `notices:
  - url: https://hooks.example/T0CANARY
    secret: ${SECRET}
`;

it('tells all decisions unless told which', () => {
  const [notice] = fromText(GOOD).notices;
  expect(notice).toMatchObject({ format: 'hinge', allowPrivate: false });
  expect(notice?.on).toContain('KILL');
  expect(notice?.on).not.toContain('OBSERVE');
});

describe('is refused:', () => {
  const url = 'https://hooks.example/T0CANARY';
  it.each([
    ['an unknown key', 'secret:', 'secrte:', '3: unknown key notices.0.secrte; did you mean secret?'],
    [
      'no secret',
      `\n    secret: ${SECRET}`,
      '',
      '2: notices.0.secret: is missing: the receiver could not tell who speaks',
    ],
    [
      'a short secret',
      SECRET,
      'whsec_Q2FuYXJ5',
      /^3: notices\.0\.secret: must be whsec_ and 24 to 64 random bytes in base64/,
    ],
    ['a secret of another form', SECRET, 'Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5', /^3: notices\.0\.secret: must be whsec_/],
    ['another protocol', url, 'file:///etc/T0CANARY', '2: notices.0.url: must be an address that begins with https://'],
    [
      'plain HTTP',
      url,
      'http://hooks.example/T0CANARY',
      /^2: notices\.0\.url: is plain HTTP, which others can read; use https/,
    ],
    [
      'a password in the address',
      url,
      'https://a:T0CANARY@hooks.example/',
      /^2: notices\.0\.url: has a name or a password in it/,
    ],
    [
      'an address of this machine',
      url,
      'https://127.1/T0CANARY',
      '2: notices.0.url: 127.0.0.1 is private; set allowPrivate to send there',
    ],
    ['a mapped one', url, 'https://[::ffff:10.0.0.1]/T0CANARY', /^2: notices\.0\.url: ::ffff:a00:1 is private/],
    [
      'the cloud’s keys, even if allowed',
      url,
      'http://169.254.169.254/T0CANARY\n    allowPrivate: true',
      '2: notices.0.url: 169.254.169.254 is link-local, unspecified or reserved',
    ],
    [
      'an unknown format',
      'secret:',
      'format: teams\n    secret:',
      /^3: notices\.0\.format: Invalid option: expected one of "hinge"\|"slack"/,
    ],
    [
      'an unknown state',
      'secret:',
      'on: [KILLED]\n    secret:',
      /^3: notices\.0\.on\.0: Invalid option: expected one of /,
    ],
    ['nothing to tell', 'secret:', 'on: []\n    secret:', /^3: notices\.0\.on: Too small/],
    [
      'an address twice',
      'notices:',
      `notices:\n  - { url: ${url}, secret: ${SECRET} }`,
      '3: notices.1.url: is also the address of notices.0',
    ],
  ])('%s', (_, from, to, expected) => {
    const told = refusalOf(() => fromText(GOOD.replace(from, () => to)));
    if (typeof expected === 'string') expect(told).toBe(`hinge.yaml:${expected}`);
    else expect(told.replace('hinge.yaml:', '')).toMatch(expected);
    expect(told).not.toMatch(/Q2FuYXJ5|T0CANARY/);
  });
});
