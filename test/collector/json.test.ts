/** The rules of OTLP/JSON, and the mistakes that receivers and senders in the field have made with it. */

import { describe, expect, it } from 'vitest';
import { REQUESTS } from '../../collector/json/schema.ts';
import { translate } from '../../collector/json/translate.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { HingeError } from '../../errors.ts';
import { spanId, traceId } from '../support/otlp.ts';
import { decode, decodeRequest } from './support.ts';

const SPAN = {
  traceId: traceId(1),
  spanId: spanId(1),
  name: 'GET',
  startTimeUnixNano: '1000000000',
  endTimeUnixNano: '1000000005',
};
const request = (span: object) => ({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
const rowOf = (span: object) => decodeRequest(request({ ...SPAN, ...span })).rows[0];
/** For numbers that JavaScript itself cannot write. */
const rowOfText = (span: string) => {
  const body = Buffer.from(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${traceId(1)}","spanId":"${spanId(1)}",${span}}]}]}]}`,
  );
  return decode('traces', 'json', body, DEFAULT_LIMITS).rows[0];
};
const attribute = (value: unknown) => ({ attributes: [{ key: 'a', value }] });

describe('a span by OTLP/JSON', () => {
  it.each<[string, object, object]>([
    [
      'ids in capitals',
      { traceId: '5B8EFFF798038103D269B633813FC60C', spanId: 'EEE19B7EC3C1B174' },
      { TraceId: '5b8efff798038103d269b633813fc60c', SpanId: 'eee19b7ec3c1b174' },
    ],
    ['times as strings', { startTimeUnixNano: '1544712660123456789' }, { Timestamp: '1544712660.123456789' }],
    ['an enumeration as its number', { kind: 3 }, { SpanKind: 'Client' }],
    ['an enumeration as digits', { kind: '2', status: { code: '2' } }, { SpanKind: 'Server', StatusCode: 'Error' }],
    ['a time with an exponent', { startTimeUnixNano: '1e18' }, { Timestamp: '1000000000.000000000' }],
    [
      'an enumeration value of a later version',
      { kind: 9, status: { code: 7 } },
      { SpanKind: 'Unspecified', StatusCode: 'Unset' },
    ],
    ['no kind', {}, { SpanKind: 'Unspecified' }],
    ['no status', {}, { StatusCode: 'Unset', StatusMessage: '' }],
    [
      'null for a field',
      { status: null, attributes: null, kind: null, parentSpanId: null },
      { StatusCode: 'Unset', ParentSpanId: '' },
    ],
    ['unknown names', { future: { deep: [1] }, flags: 257 }, { SpanName: 'GET' }],
    [
      'names in snake_case, which are unknown',
      { parent_span_id: spanId(2), trace_state: 'a=b' },
      { ParentSpanId: '', TraceState: '' },
    ],
    ['an end before the start', { endTimeUnixNano: '1' }, { Duration: 0 }],
    ['a parent id of zeros', { parentSpanId: '0'.repeat(16) }, { ParentSpanId: '' }],
    ['text beyond ASCII', { name: 'größe 🚀\u0000"\\' }, { SpanName: 'größe 🚀\u0000"\\' }],
    ['half a surrogate pair', { name: 'a\ud800b' }, { SpanName: 'a\ufffdb' }],
    ['keys of the prototype', attributeNamed('__proto__'), { SpanAttributes: JSON.parse('{"__proto__":"x"}') }],
    ['a key named constructor', attributeNamed('constructor'), { SpanAttributes: { constructor: 'x' } }],
  ])('takes %s', (_what, span, stored) => {
    expect(rowOf(span)).toMatchObject(stored);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  it.each<[string, string, object]>([
    [
      'a time as a number beyond 2^53, to the nanosecond',
      '"startTimeUnixNano":1544712660300000001',
      { Timestamp: '1544712660.300000001' },
    ],
    [
      'the largest int64 as a number',
      '"attributes":[{"key":"a","value":{"intValue":9223372036854775807}}]',
      { SpanAttributes: { a: '9223372036854775807' } },
    ],
    ['a whole number with a fraction of zeros', '"kind":2.0', { SpanKind: 'Server' }],
    ['a name twice: the later one counts', '"name":"a","name":"b"', { SpanName: 'b' }],
    [
      'two values of one attribute: the later one counts',
      '"attributes":[{"key":"a","value":{"stringValue":"x","boolValue":true}}]',
      { SpanAttributes: { a: 'true' } },
    ],
    [
      'the smallest int64 as a string',
      '"attributes":[{"key":"a","value":{"intValue":"-9223372036854775808"}}]',
      { SpanAttributes: { a: '-9223372036854775808' } },
    ],
    [
      'a long fraction',
      '"attributes":[{"key":"a","value":{"doubleValue":0.12345678901234567890}}]',
      { SpanAttributes: { a: '0.12345678901234568' } },
    ],
    ['a number inside text, which is no number', '"name":"12345678901234567890"', { SpanName: '12345678901234567890' }],
  ])('takes %s', (_what, span, stored) => {
    expect(rowOfText(span)).toMatchObject(stored);
  });

  it.each<[string, unknown, string]>([
    ['stringValue', { stringValue: 'x' }, 'x'],
    ['boolValue', { boolValue: false }, 'false'],
    ['intValue as a string', { intValue: '-5' }, '-5'],
    ['intValue as a number', { intValue: -5 }, '-5'],
    ['doubleValue', { doubleValue: -0.25 }, '-0.25'],
    ['doubleValue as a string', { doubleValue: '-2.5e-1' }, '-0.25'],
    ['doubleValue minus zero', { doubleValue: '-0' }, '-0'],
    ['doubleValue NaN', { doubleValue: 'NaN' }, 'NaN'],
    ['doubleValue infinite', { doubleValue: '-Infinity' }, '-Inf'],
    ['bytesValue', { bytesValue: 'aGk=' }, 'aGk='],
    ['bytesValue in the alphabet of addresses, without padding', { bytesValue: '_-8' }, '/+8='],
    ['an empty value', {}, ''],
    ['no value', undefined, ''],
    [
      'a list',
      {
        arrayValue: {
          values: [{ intValue: '1' }, { stringValue: 'b' }, {}, { arrayValue: {} }, { doubleValue: '-0' }],
        },
      },
      '[1,"b",null,[],-0]',
    ],
    [
      'a map',
      {
        kvlistValue: {
          values: [
            { key: 'k', value: { boolValue: true } },
            { key: 'b', value: { bytesValue: 'aGk=' } },
          ],
        },
      },
      '{"b":"aGk=","k":true}',
    ],
  ])('stores an attribute with %s', (_what, value, stored) => {
    expect(rowOf(attribute(value))).toMatchObject({ SpanAttributes: { a: stored } });
  });

  it.each<[string, object, RegExp]>([
    ['a number for text', { name: 5 }, /name must be a string, it is 5/],
    [
      'the name of an enumeration value',
      { kind: 'SPAN_KIND_SERVER' },
      /kind must be a whole number, it is "SPAN_KIND_SERVER"/,
    ],
    ['a status code by name', { status: { code: 'STATUS_CODE_ERROR' } }, /code must be a whole number/],
    ['a fraction for a time', { startTimeUnixNano: 1.5 }, /startTimeUnixNano must be a whole number/],
    ['a negative time', { startTimeUnixNano: '-1' }, /startTimeUnixNano must be between 0/],
    ['a list for an object', { status: [] }, /status must be an object, it is an array/],
    ['an object for a list', { attributes: {} }, /attributes must be an array/],
    ['text for an attribute', { attributes: ['a'] }, /an element of attributes must be an object/],
    ['text for a boolean', attribute({ boolValue: 'true' }), /boolValue must be true or false/],
    ['bytes that are not base64', attribute({ bytesValue: '!' }), /bytesValue must be base64/],
    ['text for a double', attribute({ doubleValue: 'fast' }), /doubleValue must be a number/],
  ])('refuses the request for %s', (_what, span, message) => {
    expect(() => rowOf(span)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['base64 ids', { traceId: 'W47/95gDgQPSabYzgT/GDA==', spanId: '7uGbfsPBsXQ=' }],
    ['ids of 32 bytes', { traceId: traceId(1) + traceId(1) }],
    ['an id of zeros', { traceId: '0'.repeat(32) }],
    ['no id', { spanId: '' }],
    ['a short parent id', { parentSpanId: 'abc' }],
    ['a start after 2106', { startTimeUnixNano: '18446744073709551615' }],
  ])('rejects the span alone for %s', (_what, span) => {
    const decoded = decodeRequest({
      resourceSpans: [{ scopeSpans: [{ spans: [SPAN, { ...SPAN, ...span }, { ...SPAN, spanId: spanId(3) }] }] }],
    });

    expect(decoded).toMatchObject({
      accepted: 2,
      rejected: 1,
      message: expect.stringMatching(/^1 span rejected; the first: /),
    });
    expect(decoded.rows.map((row) => row.SpanId)).toEqual([spanId(1), spanId(3)]);
  });
});

describe('a request by OTLP/JSON', () => {
  it.each(['', '   ', '[]', 'null', '"x"', '{', '{"resourceSpans":', '{"a":1}}', '\u{feff}{}', '{"a":"\\'])(
    'refuses %j',
    (text) => {
      expect(() => decode('traces', 'json', Buffer.from(text), DEFAULT_LIMITS)).toThrow(HingeError);
    },
  );

  it.each([
    '{}',
    '{"resourceSpans":[]}',
    '{"resourceSpans":[{}]}',
    '{"resourceSpans":[{"scopeSpans":[{}]}]}',
    '{"resource_spans":[{}]}',
  ])('takes %s as empty', (text) => {
    expect(decode('traces', 'json', Buffer.from(text), DEFAULT_LIMITS)).toEqual({
      chunks: [],
      rows: [],
      accepted: 0,
      rejected: 0,
      truncated: 0,
      message: '',
    });
  });

  it('gives others their turns while a long value without a field is passed over', () => {
    const body = Buffer.from(`{"later":[[{"a":0}],0${',0'.repeat(5_000_000)}],"resourceSpans":[]}`);

    expect([...translate(REQUESTS.traces, body, DEFAULT_LIMITS)].length).toBeGreaterThan(30);
  });

  it('replaces bytes that are not UTF-8', () => {
    const text = JSON.stringify(request({ ...SPAN, name: 'a?b' }));
    const body = Buffer.from(text);
    body[text.indexOf('?')] = 0xff;

    const decoded = decode('traces', 'json', body, DEFAULT_LIMITS);

    expect(decoded.rows).toMatchObject([{ SpanName: 'a\ufffdb' }]);
  });
});

function attributeNamed(key: string): object {
  return { attributes: [{ key, value: { stringValue: 'x' } }] };
}
