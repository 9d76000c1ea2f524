/** Numbers as people read them: durations in the unit that fits, percentiles, shifts with their sign. */

const UNITS = [
  { name: 's', ns: 1e9 },
  { name: 'ms', ns: 1e6 },
  { name: 'µs', ns: 1e3 },
  { name: 'ns', ns: 1 },
] as const;

const MINUTE_NS = 60e9;

/** `412 ms`, `1.32 s`, `2 min 05 s`: three significant digits of nanoseconds. */
export function duration(ns: number): string {
  const rounded = Number(Math.abs(ns).toPrecision(3));
  const sign = ns < 0 && rounded > 0 ? '−' : '';
  if (rounded >= MINUTE_NS) return sign + minutes(Math.abs(ns));
  if (rounded < 1) return '0 ms';
  const unit = UNITS.find((u) => rounded >= u.ns) ?? UNITS[3];
  return `${sign}${significant(rounded / unit.ns)} ${unit.name}`;
}

/** `+91 ms`, `−3.2 ms`, `0 ms`. */
export function signedDuration(ns: number): string {
  const text = duration(ns);
  return ns > 0 && text !== '0 ms' ? `+${text}` : text;
}

/** `p50`, `p99.9`. `p` is between 0 and 1. */
export function percentile(p: number): string {
  return `p${Number((p * 100).toFixed(3))}`;
}

/** Cuts a long name in its middle, where names differ least. */
export function shorten(name: string, length: number): string {
  const letters = Array.from(name);
  if (letters.length <= length) return name;
  const tail = Math.floor((length - 1) / 2);
  const head = length - 1 - tail;
  return `${letters.slice(0, head).join('')}…${tail > 0 ? letters.slice(-tail).join('') : ''}`;
}

/** One unit for a whole axis whose largest value is `maximumNs`. */
export function axisUnit(maximumNs: number): { readonly name: string; readonly ns: number } {
  return UNITS.find((u) => maximumNs >= 2 * u.ns) ?? UNITS[3];
}

function significant(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function minutes(ns: number): string {
  const seconds = Math.round(ns / 1e9);
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60] as const;
  const two = (n: number): string => String(n).padStart(2, '0');
  return parts[0] > 0 ? `${parts[0]} h ${two(parts[1])} min` : `${parts[1]} min ${two(parts[2])} s`;
}
