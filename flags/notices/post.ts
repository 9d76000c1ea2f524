/** One POST to where a notice goes: the address is checked as it is connected to, redirects are not followed. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { HingeError } from '../../errors.ts';
import { parseRetryAfter } from '../backoff/failure.ts';
import { refusedAddress, refusedHost } from './address.ts';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export const resolveBySystem: Resolve = (host) => lookup(host, { all: true });

export interface Post {
  readonly url: URL;
  readonly allowPrivate: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

const TIMEOUT_MS = 10_000;

const forbidden = (url: URL, why: string): HingeError =>
  new HingeError('FORBIDDEN', `no notice is sent to ${url.host}: ${why}`);

/** Resolves once for each connection, so that the address checked is the address used; one bad address refuses the name. */
function checkedLookup({ url, allowPrivate }: Post, resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    const answer = (addresses: readonly LookupAddress[]): void => {
      const why = addresses.map(({ address }) => refusedAddress(address, allowPrivate)).find((each) => each !== null);
      const [first] = addresses;
      if (why !== undefined && why !== null) callback(forbidden(url, why), '');
      else if (first === undefined) callback(new Error(`${host} has no address`), '');
      else if (options.all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    resolve(host).then(answer, (error: Error) => callback(error, ''));
  };
}

/**
 * Answers with the status, whatever it is; the answer's body is not read.
 * @throws {HingeError} FORBIDDEN for an address that may not be sent to; other errors for a callee that cannot be reached
 * or does not answer within ten seconds.
 */
export async function post(what: Post, resolve: Resolve, signal: AbortSignal, nowMs: number): Promise<Answer> {
  const { url, allowPrivate, headers, body } = what;
  const why = refusedHost(url, allowPrivate);
  if (why !== null) throw forbidden(url, why);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const { promise, resolve: done, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    // A connection of its own: one kept open was checked for somebody else.
    agent: false,
    lookup: checkedLookup(what, resolve),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  outgoing.on('error', reject);
  outgoing.on('response', (response) => {
    done({ status: response.statusCode ?? 0, retryAfterMs: parseRetryAfter(response.headers['retry-after'], nowMs) });
    response.destroy();
  });
  outgoing.end(body);
  return promise;
}
