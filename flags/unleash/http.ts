/** Requests to Unleash, and what its answers mean. */
import { HingeError, messageOf } from '../../errors.ts';

export interface UnleashHttpOptions {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
}

/** One request; the JSON of the answer, or undefined for an empty one. Rejects with a `HingeError`, see `FlagPort`. */
export type UnleashRequest = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** What to do about a status, by the answers of unleash-server 8. */
const ADVICE: Readonly<Record<number, string>> = {
  400: 'the flag is archived or the request does not fit this version of Unleash',
  401: 'the token is unknown or expired; give a personal access token of the bot user',
  403: 'the token is of the wrong type, or its role may not do this; the bot user needs the root role Editor and the environment must exist',
  404: 'there is no such flag in this project',
  415: 'something between Hinge and Unleash drops the content type; reach the server without it',
};

/** The server's own sentence, in one line and of bounded length. */
function detailOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message.replace(/\s+/g, ' ').slice(0, 200);
  } catch {
    // Proxies answer with pages of their own.
  }
  return text.replace(/\s+/g, ' ').slice(0, 200);
}

function faultOf(status: number, text: string, what: string): HingeError {
  // A failed JSON Patch test is an internal error to this server; it has written nothing.
  if (status === 500 && text.includes('TEST_OPERATION_FAILED')) {
    return new HingeError(
      'FLAGS_CONFLICT',
      `Unleash, ${what}: somebody else changed the flag first; nothing was written`,
    );
  }
  const detail = detailOf(text);
  if (status >= 500 || status === 408 || status === 429) {
    const line = `Unleash answered ${status} to ${what}: ${detail}; it is asked again`;
    return new HingeError('FLAGS_UNAVAILABLE', line, { retryable: true });
  }
  const advice = ADVICE[status] ?? 'this version of Unleash does not know the request';
  return new HingeError('FLAGS_REFUSED', `Unleash answered ${status} to ${what}: ${detail} (${advice})`);
}

export function createRequest({ url, token, timeoutMs }: UnleashHttpOptions): UnleashRequest {
  const base = url.replace(/\/+$/, '').replace(/\/api$/, '');
  return async (method, path, body) => {
    const what = `${method} ${path.split('?')[0]}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(base + path, {
        method,
        redirect: 'error',
        headers: { authorization: token, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      const line = `Unleash at ${base} did not answer ${what}: ${messageOf(cause)}; check the address and the server`;
      throw new HingeError('FLAGS_UNAVAILABLE', line, { cause, retryable: true });
    }
    if (!response.ok) throw faultOf(response.status, text, what);
    return parse(text, what);
  };
}

function parse(text: string, what: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const line = `what answered ${what} is not Unleash's API: ${text.slice(0, 60)}; check the address`;
    throw new HingeError('FLAGS_REFUSED', line, { cause });
  }
}
