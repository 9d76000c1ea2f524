/** Tokens: which header lets whom do what, and until when. */

import { describe, expect, it } from 'vitest';
import { createAuthorizer, createIdentifier, createToken, type Scope } from '../tokens.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const SCOPES: readonly Scope[] = ['ingest', 'read', 'operate', 'admin'];

function tokenWith(scopes: Scope[], expires?: string) {
  const { token, sha256 } = createToken();
  return { token, entry: { name: 'a', sha256, scopes, ...(expires === undefined ? {} : { expires }) } };
}

it.each<[Scope, Scope[]]>([
  ['ingest', ['ingest']],
  ['read', ['read']],
  ['operate', ['read', 'operate']],
  ['admin', ['ingest', 'read', 'operate', 'admin']],
])('a token with the scope %s is good for %j and nothing else', (granted, good) => {
  const { token, entry } = tokenWith([granted]);
  const authorizer = createAuthorizer([entry], () => NOW_MS);

  const outcomes = SCOPES.map((scope) => [scope, authorizer(`Bearer ${token}`, scope)]);
  expect(outcomes).toEqual(SCOPES.map((scope) => [scope, good.includes(scope) ? 'granted' : 'forbidden']));
});

describe('a header', () => {
  const { token, entry } = tokenWith(['read']);
  const authorizer = createAuthorizer([tokenWith(['admin']).entry, entry], () => NOW_MS);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each<[string, string | undefined, string]>([
    ['Bearer', `Bearer ${token}`, 'granted'],
    ['bearer in small letters', `bearer ${token}`, 'granted'],
    ['Basic with the token as the password', basic(`anybody:${token}`), 'granted'],
    ['none', undefined, 'unauthenticated'],
    ['an empty one', '', 'unauthenticated'],
    ['the token alone', token, 'unauthenticated'],
    ['another scheme', `Digest ${token}`, 'unauthenticated'],
    ['a token that is cut', `Bearer ${token.slice(0, -1)}`, 'unauthenticated'],
    ['the digest', `Bearer ${entry.sha256}`, 'unauthenticated'],
    ['Basic with the token as the user', basic(`${token}:x`), 'unauthenticated'],
  ])('%s', (_, header, outcome) => {
    expect(authorizer(header, 'read')).toBe(outcome);
  });
});

it.each([
  ['2026-11-21', 'granted'],
  ['2026-11-20', 'unauthenticated'],
])('a token that expires on %s is %s on the 21st', (expires, outcome) => {
  const { token, entry } = tokenWith(['read'], expires);

  expect(createAuthorizer([entry], () => NOW_MS)(`Bearer ${token}`, 'read')).toBe(outcome);
});

it('without tokens everybody may', () => {
  expect(createAuthorizer([], () => NOW_MS)(undefined, 'admin')).toBe('granted');
});

it('fresh tokens differ, and say nothing of themselves in their digest', () => {
  const [one, other] = [createToken(), createToken()];

  expect(one.token).toMatch(/^hinge_[A-Za-z0-9_-]{43}$/);
  expect(one.token).not.toBe(other.token);
  expect(one.sha256).toMatch(/^[0-9a-f]{64}$/);
});

it('a header names who acts: by its token, and where nobody needs one, the operator', () => {
  const ada = tokenWith(['operate']);
  const ben = tokenWith(['operate'], '2026-11-20');
  const tokens = [
    { ...ada.entry, name: 'ada' },
    { ...ben.entry, name: 'ben' },
  ];
  const identify = createIdentifier(tokens, () => NOW_MS);
  expect(identify(`Bearer ${ada.token}`)).toBe('ada');
  // Out of date: it lets nobody in, and names nobody.
  expect(identify(`Bearer ${ben.token}`)).toBe('operator');
  expect(identify(undefined)).toBe('operator');
  expect(createIdentifier([], () => NOW_MS)(`Bearer ${ada.token}`)).toBe('operator');
});
