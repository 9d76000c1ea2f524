/** Reads telemetry from files as the OpenTelemetry Collector's file exporter writes them: one OTLP/JSON request a line. */

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { HingeError, messageOf } from '../../errors.ts';
import { REQUESTS } from '../json/schema.ts';
import { memberNames, translate } from '../json/translate.ts';
import type { Limits } from '../limits.ts';
import type { Signal } from '../transcode.ts';
import { runInTurns } from '../turns.ts';

const NEWLINE = 0x0a;

const SIGNALS: ReadonlyMap<string, Signal> = new Map([
  ['resourceSpans', 'traces'],
  ['resourceMetrics', 'metrics'],
]);

/** Requests that are not telemetry for Hinge: the file exporter may write all signals into one file. */
const IGNORED_FIELDS = ['resourceLogs', 'resourceProfiles'];

/** One export request of a file. */
export interface FileRequest {
  readonly signal: Signal;
  /** In protobuf. */
  readonly body: Uint8Array;
  /** Where it stands, for messages. */
  readonly where: string;
}

/**
 * The requests of one file, in order, plain or `.gz`; holds one line at a time. Lines of logs are left out, empty lines too.
 *
 * @throws HingeError FILE_MISSING; INPUT_INVALID or INPUT_TOO_LARGE that name the file and the line.
 */
export async function* readTelemetryFile(path: string, limits: Limits): AsyncGenerator<FileRequest, void, undefined> {
  let line = 0;
  let where = 'line 1';
  try {
    for await (const bytes of lines(openFile(path), limits.maxBodyBytes)) {
      line++;
      where = `line ${line}`;
      if (isBlank(bytes)) continue;
      for (const signal of signalsOf(bytes, limits)) {
        const { wire } = await runInTurns(translate(REQUESTS[signal], bytes, limits));
        yield { signal, body: wire, where };
      }
      where = `after line ${line}`;
    }
  } catch (error) {
    throw explain(error, path, where);
  }
}

function signalsOf(bytes: Uint8Array, limits: Limits): Signal[] {
  const names = memberNames(bytes, limits);
  const signals = [...SIGNALS].filter(([field]) => names.includes(field)).map(([, signal]) => signal);
  if (signals.length === 0 && !IGNORED_FIELDS.some((field) => names.includes(field))) {
    throw new HingeError(
      'INPUT_INVALID',
      'neither resourceSpans nor resourceMetrics: not a line of the OTLP file exporter',
    );
  }
  return signals;
}

async function* openFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) {
    yield* file;
    return;
  }
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    yield* file.pipe(gunzip);
  } finally {
    file.destroy();
  }
}

async function* lines(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  const hold = (piece: Uint8Array) => {
    held += piece.length;
    if (held > maxBytes) throw new HingeError('INPUT_TOO_LARGE', `a line of more than ${maxBytes} bytes`);
    pieces.push(piece);
  };
  for await (const piece of source) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      hold(piece.subarray(start, end));
      yield Buffer.concat(pieces);
      pieces = [];
      held = 0;
      start = end + 1;
    }
    hold(piece.subarray(start));
  }
  if (held > 0) yield Buffer.concat(pieces);
}

const isBlank = (bytes: Uint8Array) => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** Says in which file and line it happened. */
export function explain(error: unknown, path: string, where: string): HingeError {
  if (error instanceof HingeError)
    return new HingeError(error.code, `${path}, ${where}: ${error.message}`, { cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) {
    const what = `the gzip data is broken or cut off (${messageOf(error)}): copy the file again`;
    return new HingeError('INPUT_INVALID', `${path}, ${where}: ${what}`, { cause: error });
  }
  return new HingeError('FILE_MISSING', `${path} cannot be read (${messageOf(error)}): check the path`, {
    cause: error,
  });
}
