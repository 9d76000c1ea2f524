/** Looks at the head of a request: what it is, or why it is not taken. Pure. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Encoding } from '../intake.ts';
import type { Signal } from '../transcode.ts';
import { type Answer, CONTENT_TYPES, failureAnswer } from './answers.ts';
import type { Compression } from './body.ts';

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export type Admission =
  | { readonly signal: Signal; readonly encoding: Encoding; readonly compression: Compression }
  | { readonly signal?: Signal; readonly answer: Answer };

const PATHS: ReadonlyMap<string, Signal> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
]);

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  [CONTENT_TYPES.protobuf, 'protobuf'],
  [CONTENT_TYPES.json, 'json'],
]);

const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ['', 'none'],
  ['identity', 'none'],
  ['gzip', 'gzip'],
  ['zstd', 'zstd'],
]);

/** In the order of HTTP: path, method, content type, content encoding, length. */
export function admit({ method, path, headers }: RequestHead, maxBodyBytes: number): Admission {
  const encoding = ENCODINGS.get(mediaType(headers['content-type']));
  const signal = PATHS.get(path);
  const refuse = (status: number, message: string, extra = {}): Admission => ({
    ...(signal === undefined ? {} : { signal }),
    answer: failureAnswer({ status, message }, encoding ?? 'json', extra),
  });
  if (signal === undefined) {
    const taken = 'Hinge takes traces and metrics, at /v1/traces and /v1/metrics';
    return refuse(404, `nothing is taken at ${path.slice(0, 100)}: ${taken}`);
  }
  if (method !== 'POST') return refuse(405, `${method} is not taken at ${path}: use POST`, { allow: 'POST' });
  if (encoding === undefined) return refuse(415, `the content type must be ${[...ENCODINGS.keys()].join(' or ')}`);
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  const compression = COMPRESSIONS.get(coding);
  if (compression === undefined) {
    return refuse(415, `content encoding ${coding.slice(0, 40)} is not taken: use gzip, zstd or none`);
  }
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes) {
    return refuse(413, `the body has more than ${maxBodyBytes} bytes: send smaller batches`);
  }
  return { signal, encoding, compression };
}

/** `application/json; charset=utf-8` is application/json. */
function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
