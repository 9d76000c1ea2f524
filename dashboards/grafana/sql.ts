/**
 * The SQL that boards ask Grafana to run: over sealed cells, with the macros of the ClickHouse plugin.
 * It stands here and not in the store because Grafana runs it, as the read-only user.
 */

/** Longest prefix of a build id that a legend shows. */
const SHOWN = 12;

const NAME = `concat(service, ' ', if(build = '', 'unknown build', substring(build, 1, ${SHOWN})))`;
const CHOSEN = `$__timeFilter(slot) AND service IN (\${service:singlequote}) AND $__conditionalAll(endpoint IN (\${endpoint:singlequote}), $endpoint)`;
const SERVED = `kind IN ('SERVER', 'CONSUMER') AND ${CHOSEN}`;

/** Middle of a histogram's bucket, milliseconds: bucket i holds (2^(i/64), 2^((i+1)/64)] nanoseconds. */
const MIDDLE_MS = 'exp2((bucket + 0.5) / 64) / 1e6';

/** Upper edges of the heatmap's rows, milliseconds. */
const ROWS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] as const;

export interface BoardSql {
  readonly services: string;
  readonly endpoints: string;
  /** One of 0 to 1. */
  latency(quantile: number): string;
  readonly heatmap: string;
  readonly calls: string;
  readonly errors: string;
  readonly attempts: string;
  readonly changes: string;
  readonly upgrades: string;
  readonly actions: string;
  marks(kind: 'upgrade' | 'action'): string;
}

/** `database` is a plain name: letters, digits and `_`. */
export function boardSql(database: string): BoardSql {
  const cells = `${database}.sealed_cells`;
  return {
    services: `SELECT DISTINCT service FROM ${cells} WHERE $__timeFilter(slot) ORDER BY service`,
    endpoints: `SELECT DISTINCT endpoint FROM ${cells} WHERE $__timeFilter(slot) AND service IN (\${service:singlequote}) ORDER BY endpoint`,
    latency: (quantile) => latency(cells, quantile),
    heatmap: heatmap(cells),
    calls: perBuild(cells, 'sum(calls) / $__interval_s AS calls', SERVED),
    errors: perBuild(cells, 'sum(errors) / sum(calls) AS errors', SERVED),
    attempts: attempts(cells),
    changes: changes(database),
    upgrades: `SELECT started AS time, name, finished, id FROM ${database}.upgrades FINAL ORDER BY started DESC LIMIT 20`,
    actions: `SELECT at AS time, flag, environment, state, text FROM ${database}.journal WHERE $__timeFilter(at) ORDER BY at DESC LIMIT 200`,
    marks: (kind) =>
      `SELECT time, text, kind AS tags FROM ${database}.markers WHERE $__timeFilter(time) AND kind = '${kind}' ORDER BY time`,
  };
}

function perBuild(cells: string, value: string, where: string): string {
  return `SELECT $__timeInterval(slot) AS time, ${NAME} AS build_name, ${value}
FROM ${cells}
WHERE ${where}
GROUP BY time, build_name ORDER BY time`;
}

function latency(cells: string, quantile: number): string {
  return `SELECT $__timeInterval(slot) AS time, ${NAME} AS build_name,
  quantileExactWeightedInterpolated(${quantile})(${MIDDLE_MS}, count) AS p${quantile * 100}
FROM ${cells} ARRAY JOIN buckets AS bucket, counts AS count
WHERE ${SERVED}
GROUP BY time, build_name ORDER BY time`;
}

function attempts(cells: string): string {
  return `SELECT $__timeInterval(slot) AS time, concat(service, ' → ', if(peer = '', endpoint, peer)) AS edge,
  sum(calls) / sum(calls - retries) AS attempts
FROM ${cells}
WHERE kind IN ('CLIENT', 'PRODUCER') AND $__timeFilter(slot) AND service IN (\${service:singlequote})
GROUP BY time, edge HAVING sum(calls - retries) > 0 ORDER BY time`;
}

/** One column a row of the heatmap, in order: the panel takes its rows as they come. */
function heatmap(cells: string): string {
  const rows = ROWS_MS.map((upper, i) => {
    const lower = ROWS_MS[i - 1] ?? 0;
    return `sumIf(count, ${MIDDLE_MS} > ${lower} AND ${MIDDLE_MS} <= ${upper}) AS "${upper < 1_000 ? `${upper} ms` : `${upper / 1_000} s`}"`;
  });
  const last = ROWS_MS.at(-1) ?? 0;
  return `SELECT $__timeInterval(slot) AS time,
  ${rows.join(',\n  ')},
  sumIf(count, ${MIDDLE_MS} > ${last}) AS "longer"
FROM ${cells} ARRAY JOIN buckets AS bucket, counts AS count
WHERE ${SERVED}
GROUP BY time ORDER BY time`;
}

/** Before and after the newest upgrade in the chosen time: a look, not a verdict; the report judges. */
function changes(database: string): string {
  return `WITH (SELECT max(started) FROM ${database}.upgrades FINAL WHERE $__timeFilter(started)) AS boundary
SELECT service, endpoint, peer,
  quantileExactWeightedInterpolatedIf(0.99)(${MIDDLE_MS}, count, slot < boundary) AS p99_before,
  quantileExactWeightedInterpolatedIf(0.99)(${MIDDLE_MS}, count, slot >= boundary) AS p99_after,
  p99_after / p99_before AS ratio,
  sumIf(count, slot < boundary) AS calls_before,
  sumIf(count, slot >= boundary) AS calls_after,
  (SELECT argMax(id, started) FROM ${database}.upgrades FINAL WHERE $__timeFilter(started)) AS upgrade
FROM ${database}.sealed_cells ARRAY JOIN buckets AS bucket, counts AS count
WHERE ${CHOSEN}
GROUP BY service, endpoint, peer
HAVING calls_before > 0 AND calls_after > 0
ORDER BY ratio DESC LIMIT 100`;
}
