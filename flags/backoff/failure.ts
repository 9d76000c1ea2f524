/** What a failed attempt says about trying again. */

/** An answer that counts as a failure: its status, and how long the callee asks to be left alone. */
export class ResponseError extends Error {
  readonly statusCode: number;
  readonly retryAfterMs: number | undefined;

  constructor(statusCode: number, retryAfterMs?: number, message = `the callee answered ${statusCode}`) {
    super(message);
    this.name = 'ResponseError';
    this.statusCode = statusCode;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An attempt took longer than the policy's `attemptTimeoutMs`. */
export class AttemptTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`the attempt took longer than ${timeoutMs} ms`);
    this.name = 'AttemptTimeoutError';
  }
}

/** Milliseconds to wait by a `Retry-After` field (RFC 9110, 10.2.3): seconds or a date; undefined when there is none or it is malformed. */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  if (!value) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** The error to throw for an answer of `fetch` that is not ok. */
export function responseError(
  response: { readonly status: number; readonly headers: { get(name: string): string | null } },
  nowMs: number = Date.now(),
): ResponseError {
  return new ResponseError(response.status, parseRetryAfter(response.headers.get('retry-after'), nowMs));
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

const RETRYABLE_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

function field(thrown: unknown, name: string): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

/** `statusCode` or `status` of an error or an answer. */
export function statusOf(value: unknown): number | undefined {
  const status = field(value, 'statusCode') ?? field(value, 'status');
  return typeof status === 'number' && status >= 100 && status <= 599 ? status : undefined;
}

export function retryAfterOf(thrown: unknown): number | undefined {
  const retryAfterMs = field(thrown, 'retryAfterMs');
  return typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined;
}

/** Timeouts, lost connections, and answers that ask for another try. A fault of the program is none of these. */
export function isRetryable(thrown: unknown): boolean {
  if (thrown instanceof AttemptTimeoutError || retryAfterOf(thrown) !== undefined) return true;
  const status = statusOf(thrown);
  if (status !== undefined) return RETRYABLE_STATUS.has(status);
  const code = field(thrown, 'code') ?? field(field(thrown, 'cause'), 'code');
  return typeof code === 'string' && NETWORK_CODES.has(code);
}
