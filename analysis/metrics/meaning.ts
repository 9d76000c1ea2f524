/** What a metric says, by its name and unit: which way is worse, and whose request it measures. */

import type { SeriesKey, SpanKind } from '../../model.ts';

/**
 * `request`: durations of whole requests or calls, the same that spans tell. `duration`: other times. `errors`: events that nobody
 * wants. `availability`: share of good calls. `saturation`: how full or how long a queue. `unknown`: it changes, good or bad.
 */
export type Role = 'request' | 'duration' | 'errors' | 'availability' | 'saturation' | 'unknown';

export interface Meaning {
  readonly role: Role;
  /** For requests: as whose span it would be. */
  readonly kind: SpanKind;
  /** Nanoseconds in a unit, for times; parts of one, for shares; else 1. */
  readonly scale: number;
}

const NS_PER: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1, min: 6e10 };
const SHARE_PER: Readonly<Record<string, number>> = { '%': 0.01, percent: 0.01 };

/** Semantic conventions, `*.server.*` and `*.client.*` of HTTP, RPC, databases, messaging, GenAI; and their older names. */
const REQUESTS: readonly (readonly [RegExp, SpanKind])[] = [
  [/^(http|rpc|faas|graphql|mcp|gen_ai)\.server\.(request\.|call\.)?duration$/, 'SERVER'],
  [/^(http|rpc|db|gen_ai|mcp)\.client\.(request\.|call\.|operation\.)?duration$/, 'CLIENT'],
  [/^messaging\.process\.duration$/, 'CONSUMER'],
  [/^messaging\.client\.operation\.duration$/, 'PRODUCER'],
];
const ERRORS = /(^|[._])(errors?|failures?|failed|exceptions?|timeouts?|dropped|rejected|aborted|discarded)([._]|$)/;
const AVAILABILITY = /(^|[._])(availability|success[._]rate)$/;
const SATURATION = /(^|[._])(utili[sz]ation|pending[._]requests|queue[._](length|size|depth)|lag|backlog|saturation)$/;
/** Times that may well be long: how long something has been up, or how much work was done. */
const NEUTRAL_TIME = /(uptime|cpu\.time|\.up$)/;

export function meaningOf({ name, unit }: Pick<SeriesKey, 'name' | 'unit'>): Meaning {
  const ns = NS_PER[unit];
  const request = REQUESTS.find(([pattern]) => pattern.test(name));
  if (request !== undefined && ns !== undefined) return { role: 'request', kind: request[1], scale: ns };
  const kind = 'INTERNAL';
  if (AVAILABILITY.test(name)) return { role: 'availability', kind: 'SERVER', scale: SHARE_PER[unit] ?? 1 };
  if (ERRORS.test(name)) return { role: 'errors', kind, scale: 1 };
  if (SATURATION.test(name)) return { role: 'saturation', kind, scale: SHARE_PER[unit] ?? 1 };
  if (ns !== undefined && !NEUTRAL_TIME.test(name)) return { role: 'duration', kind, scale: ns };
  return { role: 'unknown', kind, scale: 1 };
}
