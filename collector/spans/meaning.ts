/** What single values mean; each has its counterpart in SQL, in store/facts.ts. */

const QUERY = /\?[^ ]*/g;
const UNIQUE =
  /\b([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9]+|[0-9a-fA-F]*[0-9][0-9a-fA-F]{15,})\b/g;

/** A span's name without what makes it unique: the query of a URL, numbers, UUIDs and long hexadecimal ids. */
export const plainName = (name: string): string => name.replace(QUERY, '').replace(UNIQUE, '{id}');

const LITERAL = /^([0-9.]+|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?)$/;
const LOCALHOST = Buffer.from('localhost');

/** Characters of literal addresses: hexadecimal digits, `.`, `:` and brackets. */
const IS_LITERAL_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F.:[\]]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** An address that says where, not who. */
export function isLiteralAddress(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (IS_LITERAL_BYTE[bytes[i] as number] === 0)
      return end - start === LOCALHOST.length && LOCALHOST.compare(bytes, start, end) === 0;
  }
  return LITERAL.test(bytes.toString('latin1', start, end));
}

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** 100 to 599; 0 for what is no status of HTTP. */
export function statusOf(bytes: Buffer, start: number, end: number): number {
  const [hundreds = 0, tens = 0, ones = 0] = [bytes[start], bytes[start + 1], bytes[start + 2]];
  if (end - start !== 3 || hundreds < 0x31 || hundreds > 0x35 || !isDigit(tens) || !isDigit(ones)) return 0;
  return (hundreds - 0x30) * 100 + (tens - 0x30) * 10 + ones - 0x30;
}

/** Whether a text is a number above 0. */
export function isResendCount(bytes: Buffer, start: number, end: number): boolean {
  let isPositive = false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (!isDigit(byte)) return false;
    isPositive ||= byte !== 0x30;
  }
  return isPositive;
}
