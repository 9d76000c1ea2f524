/** Talks to a running Hinge over its API. */

import { type ErrorCode, HingeError, messageOf } from '../errors.ts';
import type { Invocation } from './command.ts';
import { configOf } from './configure.ts';
import { text } from './words.ts';

export const SERVER_OPTIONS = { server: { type: 'string' } } as const;
export const SERVER_HELP =
  '      --server URL    a running hinge serve (default: the api host and port of the configuration)';

export interface Client {
  /** Address without a slash at the end. */
  readonly url: string;
  get<T>(path: string): Promise<T>;
  getText(path: string): Promise<string>;
  /** @param timeoutMs how long the answer may take @default one minute */
  post<T>(path: string, body?: object, timeoutMs?: number): Promise<T>;
}

const TIMEOUT_MS = 60_000;

export function createClient(invocation: Invocation): Client {
  const { api } = configOf(invocation);
  const host = api.host.includes(':') ? `[${api.host}]` : api.host;
  const url = (text(invocation.values, 'server') ?? `http://${host}:${api.port}`).replace(/\/$/, '');
  const { HINGE_TOKEN: token } = invocation.environment;
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call = (path: string, init: RequestInit = {}, timeoutMs = TIMEOUT_MS) => {
    const signal = AbortSignal.any([invocation.signal, AbortSignal.timeout(timeoutMs)]);
    return request(`${url}${path}`, { ...init, headers: { ...authorization, ...init.headers }, signal });
  };
  return {
    url,
    get: async <T>(path: string) => (await (await call(path)).json()) as T,
    getText: async (path) => (await call(path)).text(),
    post: async <T>(path: string, body: object = {}, timeoutMs?: number) => {
      const headers = { 'content-type': 'application/json' };
      const sent = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await (await call(path, sent, timeoutMs)).json()) as T;
    },
  };
}

async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    const hint = 'start it with hinge serve, or name another one with --server';
    throw new HingeError(
      'SERVER_UNREACHABLE',
      `no Hinge answers at ${new URL(url).origin} (${reasonOf(cause)}); ${hint}`,
      { cause },
    );
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
  throw new HingeError(
    codeOf(response.status),
    problem.detail ?? problem.title ?? `${new URL(url).origin} answered ${response.status}`,
  );
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  if (status === 409) return 'FLAGS_CONFLICT';
  return status < 500 ? 'USAGE' : 'STORE_UNAVAILABLE';
}

function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  const code = (cause as { code?: unknown }).code;
  return typeof code === 'string' ? code : messageOf(cause);
}
