/** Numbers as the analysis writes them into its sentences. */

import type { Signal } from '../model.ts';

/** Nanoseconds as people read them: 412 ms, 1.32 s, 85 µs. */
export function duration(ns: number): string {
  const size = Math.abs(ns);
  if (size >= 1e9) return `${significant(ns / 1e9)} s`;
  if (size >= 1e6) return `${significant(ns / 1e6)} ms`;
  return `${significant(ns / 1e3)} µs`;
}

/** A hash is told by its first twelve digits. */
export const shortBuild = (build: string): string => (/^[0-9a-f]{16,}$/.test(build) ? build.slice(0, 12) : build);

export function percent(share: number): string {
  return `${significant(100 * share)} %`;
}

/** A ratio as a change: +18 %, -4 %; from three times on as a factor: x3.2. */
export function change(ratio: number): string {
  if (ratio >= 3) return `×${significant(ratio)}`;
  const by = 100 * (ratio - 1);
  return `${by >= 0 ? '+' : '-'}${significant(Math.abs(by))} %`;
}

export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${Number(p.toPrecision(2))}`;
}

/** A value of a signal in its own unit: a duration, a share of calls, attempts per logical call, calls per request, or a metric's number. */
export function signalValue(signal: Signal, value: number | null): string {
  if (value === null) return 'nothing';
  if (signal === 'errors') return percent(value);
  if (signal === 'retries') return `${value.toFixed(3)} attempts per call`;
  if (signal.startsWith('metric:')) return significant(value);
  if (signal === 'calls') return String(Number(value.toPrecision(3)));
  return duration(value);
}

/** What a signal is called in a sentence. */
export function nameOf(signal: Signal): string {
  if (signal === 'errors') return 'error rate';
  if (signal === 'retries') return 'attempts per call';
  if (signal === 'calls') return 'calls per request';
  return signal.replace(/^(latency\.|metric:)/, '');
}

function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}
