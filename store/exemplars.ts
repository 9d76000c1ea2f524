/** Which traces show a signal. */

import type { EndpointKey, Signal, TimeRange } from '../model.ts';
import { CALLS_SETTINGS, calls } from './calls.ts';
import type { Database } from './connect.ts';
import { storedSpans } from './source.ts';
import { type Derivation, IN_RANGE, spansOf } from './window.ts';

export interface ExemplarQuery {
  readonly about: readonly { readonly key: EndpointKey; readonly signal: Signal }[];
  readonly range: TimeRange;
  /** Traces for each endpoint and signal. */
  readonly limit: number;
}

/** What an example shows: a call that failed, one that was a retry, or, for latency, one that did not fail. */
const SHOWS = `arrayFilter(s -> s != '', [if(failed = 1, 'errors', 'latency'), if(retry = 1, 'retries', '')])`;

const showing = (signal: Signal) => (signal === 'errors' || signal === 'retries' ? signal : 'latency');
const partsOf = ({ service, endpoint, kind, peer }: EndpointKey, shown: string) => [
  service,
  endpoint,
  kind,
  peer,
  shown,
];
const keyOf = (key: EndpointKey, shown: string) => JSON.stringify(partsOf(key, shown));

/** One read for all that is asked, because the reading of a range is what costs. */
export async function readExemplars(
  database: Database,
  derivation: Derivation,
  { about, range, limit }: ExemplarQuery,
): Promise<string[][]> {
  if (about.length === 0) return [];
  const rows = await database.rows<EndpointKey & { shown: string; traces: string[] }>({
    sql: `SELECT service, endpoint, kind, peer, shown,
  arrayMap(t -> t.2, arraySlice(arraySort(t -> (-t.1, t.2), groupArray((slowest, trace_id))), 1, {limit:UInt32})) AS traces
FROM (
  SELECT service, endpoint, kind, peer, shown, trace_id, max(duration_ns) AS slowest
  FROM (SELECT *, arrayJoin(${SHOWS}) AS shown FROM (${calls(storedSpans(derivation.facts), 'service IN {services:Array(String)}')})
    WHERE ${IN_RANGE})
  WHERE has({wanted:Array(Array(String))}, [toString(service), endpoint, kind, peer, shown])
  GROUP BY service, endpoint, kind, peer, shown, trace_id
  ORDER BY slowest DESC, trace_id LIMIT {limit:UInt32} BY service, endpoint, kind, peer, shown
)
GROUP BY service, endpoint, kind, peer, shown`,
    parameters: {
      ...spansOf(range, derivation),
      services: [...new Set(about.map(({ key }) => key.service))],
      wanted: about.map(({ key, signal }) => partsOf(key, showing(signal))),
      limit,
    },
    settings: CALLS_SETTINGS,
    doing: 'look for example traces',
  });
  const found = new Map(rows.map(({ shown, traces, ...key }) => [keyOf(key, shown), traces]));
  return about.map(({ key, signal }) => found.get(keyOf(key, showing(signal))) ?? []);
}
