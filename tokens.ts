/** Tokens: who may send telemetry, ask and act. Hinge knows their digests only. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Config } from './config.ts';
import type { Clock } from './model.ts';

export type Scope = Config['tokens'][number]['scopes'][number];

/** Who gave no token, or one that nobody knows, is unauthenticated; whose token lacks the scope is forbidden. */
export type Access = 'granted' | 'unauthenticated' | 'forbidden';

/** Judges the value of an `Authorization` header: `Bearer TOKEN`, or `Basic`, for browsers, with the token as the password. */
export type Authorizer = (authorization: string | undefined, scope: Scope) => Access;

const DAY_MS = 86_400_000;
const PREFIX = 'hinge_';

/** Who sent an `Authorization` header: the name of its token, which stands in the journal. */
export type Identifier = (authorization: string | undefined) => string;

/** Who acts where nobody has to show a token: all such people are one. */
const NOBODY = 'operator';

/** Without tokens everybody may do everything, which the configuration allows on loopback only. */
export function createAuthorizer(tokens: Config['tokens'], clock: Clock): Authorizer {
  if (tokens.length === 0) return () => 'granted';
  const find = createFinder(tokens, clock);
  return (authorization, scope) => {
    const token = find(authorization);
    if (token === undefined) return 'unauthenticated';
    return token.scopes.some((granted) => includes(granted, scope)) ? 'granted' : 'forbidden';
  };
}

export function createIdentifier(tokens: Config['tokens'], clock: Clock): Identifier {
  const find = createFinder(tokens, clock);
  return (authorization) => find(authorization)?.name ?? NOBODY;
}

/** The token of a header that is known and still counts. */
function createFinder(tokens: Config['tokens'], clock: Clock) {
  const known = tokens.map(({ name, sha256, scopes, expires }) => ({
    name,
    digest: Buffer.from(sha256, 'hex'),
    scopes,
    endMs: expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires) + DAY_MS,
  }));
  return (authorization: string | undefined) => {
    const digest = digestOf(tokenOf(authorization ?? ''));
    // All are compared, whichever it is, so that the time tells nothing.
    const matching = known.filter((each) => timingSafeEqual(each.digest, digest));
    return matching.find(({ endMs }) => clock() < endMs);
  };
}

/** A fresh token, to be shown once, and what the configuration keeps of it. */
export function createToken(): { readonly token: string; readonly sha256: string } {
  const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
  return { token, sha256: digestOf(token).toString('hex') };
}

/** Who may act may look, and an admin may do everything. */
function includes(granted: Scope, scope: Scope): boolean {
  return granted === scope || granted === 'admin' || (granted === 'operate' && scope === 'read');
}

function tokenOf(authorization: string): string {
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const pair = Buffer.from(value, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
