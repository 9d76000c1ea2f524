/** Trace and span ids as bytes (W3C Trace Context: 16 and 8 bytes, not all zero). */

import type { Slice, Wire } from './wire.ts';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export const isTraceId = (wire: Wire, id: Slice): boolean => isId(wire, id, TRACE_ID_BYTES);

export const isSpanId = (wire: Wire, id: Slice): boolean => isId(wire, id, SPAN_ID_BYTES);

/** Empty or all zero for a root. */
export function isParentId({ start, end }: Slice): boolean {
  return end === start || end - start === SPAN_ID_BYTES;
}

/** For messages. */
export const idText = (wire: Wire, { start, end }: Slice): string => wire.hex(start, Math.min(end, start + 32));

function isId(wire: Wire, { start, end }: Slice, bytes: number): boolean {
  if (end - start !== bytes) return false;
  for (let i = start; i < end; i++) if (wire.bytes[i] !== 0) return true;
  return false;
}
