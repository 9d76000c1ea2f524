/** Faults as problem+json (RFC 9457), to browsers as a page: a status, a code of docs/errors.md, one line of detail, never a stack trace. */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { renderProblem } from '../dashboards/page/problem.ts';
import { ERROR_CODES, type ErrorCode, HingeError, messageOf } from '../errors.ts';
import type { Log } from '../model.ts';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  USAGE: 400,
  CONFIG_INVALID: 500,
  FILE_MISSING: 404,
  INPUT_INVALID: 400,
  INPUT_TOO_LARGE: 413,
  INPUT_UNSUPPORTED: 415,
  PORT_IN_USE: 500,
  DATA_FOLDER_IN_USE: 500,
  ENGINE_MISSING: 503,
  ENGINE_FAILED: 503,
  STORE_UNAVAILABLE: 503,
  STORE_REFUSED: 500,
  OVERLOADED: 503,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  SERVER_UNREACHABLE: 502,
  FLAGS_REFUSED: 502,
  FLAGS_UNAVAILABLE: 503,
  FLAGS_CONFLICT: 409,
  INTERNAL: 500,
};

const PROBLEM = 'application/problem+json';

/** Seconds after which a client may try a retryable fault again. */
const RETRY_AFTER_SECONDS = 5;

/** Faults of express.json, by the `type` that body-parser gives them. */
const BODY_FAULTS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  'entity.parse.failed': ['INPUT_INVALID', 'the body is not valid JSON: send one JSON object'],
  'entity.too.large': ['INPUT_TOO_LARGE', 'the body is over 256 KiB: send less'],
  'encoding.unsupported': ['INPUT_UNSUPPORTED', 'the content encoding is not taken: send gzip or none'],
  'charset.unsupported': ['INPUT_UNSUPPORTED', 'the charset is not taken: send UTF-8'],
};

/** A fault whose status is not the usual one of its code. */
export class HttpFault extends HingeError {
  readonly status: number;

  constructor(status: number, code: ErrorCode, message: string) {
    super(code, message);
    this.status = status;
  }
}

/** Checks one part of a request; every wrong field is named with what is wrong about it. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, part: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${[part, ...issue.path].join('.')}: ${issue.message}`);
  throw new HingeError('INPUT_INVALID', faults.join('; '), { cause: result.error });
}

/** The last handler of all: no route took the request. */
export const noRoute: RequestHandler = (request) => {
  throw new HingeError('NOT_FOUND', `there is no ${request.path}; /openapi.json lists what there is`);
};

/** Turns whatever was thrown into a problem. Only faults of the server are logged. */
export function problems(log: Log): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    if (response.headersSent) {
      next(thrown);
      return;
    }
    const fault = faultOf(thrown);
    const status = fault instanceof HttpFault ? fault.status : STATUS[fault.code];
    if (status >= 500) log.error({ code: fault.code, err: thrown, path: request.path }, messageOf(thrown));
    if (fault.retryable) response.set('Retry-After', String(RETRY_AFTER_SECONDS));
    send(request, response, status, fault);
  };
}

function send(request: Request, response: Response, status: number, fault: HingeError): void {
  const type = `urn:hinge:error:${fault.code}`;
  const problem = { type, title: ERROR_CODES[fault.code].about, status, code: fault.code, detail: messageOf(fault) };
  response.status(status).vary('Accept');
  // The first one is for those who do not say.
  if (request.accepts([PROBLEM, 'text/html']) === 'text/html') response.type('html').send(renderProblem(problem));
  else response.type(PROBLEM).send(JSON.stringify(problem));
}

/** A fault that is not Hinge's own tells the client nothing but where to look. */
function faultOf(thrown: unknown): HingeError {
  if (thrown instanceof HingeError) return thrown;
  const { type, status } = (thrown ?? {}) as { readonly type?: unknown; readonly status?: unknown };
  const known = typeof type === 'string' ? BODY_FAULTS[type] : undefined;
  if (known !== undefined) return new HingeError(...known, { cause: thrown });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpFault(status, 'INPUT_INVALID', `the request cannot be understood: ${messageOf(thrown)}`);
  }
  return new HingeError('INTERNAL', 'a fault in Hinge itself; its log says more', { cause: thrown });
}
