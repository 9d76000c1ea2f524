/** Who may ask: keeps other web sites from using a browser on this machine against a Hinge that listens on loopback. */
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { HttpFault } from './problem.ts';

/**
 * Two attacks that need no token. DNS rebinding: a foreign name that resolves to this address; so names with a dot must
 * be listed in `allowedHosts`. Cross-site requests: so whatever changes something must come from here (Fetch metadata).
 */
export function guard(allowedHosts: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const host = hostname(request.headers.host ?? '');
    if (!trustedHost(host, allowedHosts))
      throw new HttpFault(403, 'FORBIDDEN', `Hinge is not known as ${host}: ask by address`);
    if (!['GET', 'HEAD'].includes(request.method) && crossSite(request.headers)) {
      throw new HttpFault(403, 'FORBIDDEN', 'another web site may not change anything here');
    }
    next();
  };
}

function hostname(host: string): string {
  const url = URL.parse(`http://${host}`);
  return url === null ? '' : url.hostname.replace(/^\[|\]$/g, '');
}

function trustedHost(host: string, allowed: readonly string[]): boolean {
  return (
    host !== '' && (!host.includes('.') || isIP(host) !== 0 || host.endsWith('.localhost') || allowed.includes(host))
  );
}

function crossSite(headers: Readonly<NodeJS.Dict<string | string[]>>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  return typeof origin === 'string' && URL.parse(origin)?.host !== host;
}
