/** Renders attribute values as text, as the OpenTelemetry Collector does (pdata `Value.AsString`). */

/** `null` is a value that was sent without content; whole numbers beyond 2^53 are bigint. */
export type AnyValue = string | number | bigint | boolean | null | Uint8Array | readonly AnyValue[] | KeyValueList;

interface KeyValueList {
  readonly keyValues: readonly Attribute[];
}

export interface Attribute {
  key: string;
  value: AnyValue;
}

/** Text as is, numbers and booleans in digits and words, bytes as base64, lists and maps as JSON, nothing as ''. */
export function valueText(value: AnyValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object') return String(value);
  return value instanceof Uint8Array ? base64(value) : json(value);
}

/** Go's `json.Marshal`: keys in order, a later key of the same name wins, and `<`, `>` and `&` escaped. */
function json(value: AnyValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value) : quote(numberText(value));
  if (typeof value === 'string') return quote(value);
  if (value instanceof Uint8Array) return quote(base64(value));
  if (!('keyValues' in value)) return `[${value.map(json).join(',')}]`;
  const byKey = new Map(value.keyValues.map((each) => [each.key, each.value]));
  const keys = [...byKey.keys()].sort();
  return `{${keys.map((key) => `${quote(key)}:${json(byKey.get(key) ?? null)}`).join(',')}}`;
}

function numberText(value: number): string {
  // As Go writes it.
  if (Object.is(value, -0)) return '-0';
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const quote = (text: string) =>
  JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
