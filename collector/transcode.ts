/** The seam of the decoder: the protobuf bytes of one export request in, rows in the columns of blocks out. */

import type { Limits } from './limits.ts';
import { located } from './located.ts';
import { createPointReader } from './points/reader.ts';
import { type Outcome, Request } from './request.ts';
import type { RowsSource } from './rows.ts';
import { createSpanReader } from './spans/reader.ts';
import type { Tally } from './tally.ts';
import { readEnvelopes } from './wire/envelopes.ts';
import { Wire } from './wire/wire.ts';

export type Signal = 'traces' | 'metrics';

/**
 * Adds the rows of one request to those of the source, all of them or, when it throws, none. Between two steps other work
 * may be done, but nothing with these rows.
 *
 * @throws HingeError INPUT_INVALID when the body is not what it says it is, INPUT_TOO_LARGE when it is over a limit.
 */
export function* transcode(
  signal: Signal,
  body: Uint8Array,
  source: RowsSource,
  limits: Limits,
  tally: Tally,
): Generator<void, Outcome> {
  const wire = new Wire(body, limits);
  const request = new Request(limits);
  const before = tally.truncated;
  const createReader = signal === 'traces' ? createSpanReader : createPointReader;
  try {
    for (const _ of readEnvelopes(wire, createReader(wire, request, source))) {
      request.checkSize();
      yield;
    }
    request.checkSize();
  } catch (error) {
    request.undo();
    throw located(error, `byte ${wire.at}`);
  }
  return request.outcome(signal === 'traces' ? 'span' : 'data point', tally.truncated - before);
}
