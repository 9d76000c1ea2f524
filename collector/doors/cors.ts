/** Cross-origin requests: off unless origins are listed, never for any origin, never with credentials. */

import type { RequestHead } from './admit.ts';
import type { Answer } from './answers.ts';

/** Headers to add to every answer; empty for origins that are not listed. */
export function corsHeaders(origin: string | undefined, origins: readonly string[]): Readonly<Record<string, string>> {
  if (origin === undefined || !origins.includes(origin)) return {};
  return { 'access-control-allow-origin': origin, vary: 'Origin' };
}

/** The answer to a preflight of a listed origin. */
export function preflightAnswer({ method, headers }: RequestHead, origins: readonly string[]): Answer | undefined {
  const allowed = corsHeaders(headers.origin, origins);
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  if (!isPreflight || Object.keys(allowed).length === 0) return undefined;
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, content-encoding',
      'access-control-max-age': '7200',
    },
    body: new Uint8Array(),
  };
}
