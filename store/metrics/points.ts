/**
 * Data points as they count. A sender that got no answer sends its points again, and the tables keep both; in the views
 * `points_*` a point is what one series has at one time, however often it came. What reads metrics reads the views.
 */
import type { Database } from '../connect.ts';

/**
 * What makes a series, and a point of it (metrics data model, "Timeseries Model"): attributes count as sets. Description and
 * schema address do not belong to it. As keys of the grouping, names and times can be filtered by before anything is read.
 */
const IDENTITY = ['ServiceName', 'MetricName', 'MetricUnit', 'ScopeName', 'ScopeVersion', 'StartTimeUnix', 'TimeUnix'];
const ATTRIBUTE_SETS = ['ResourceAttributes', 'ScopeAttributes', 'Attributes'];
const DESCRIPTIVE = ['ResourceSchemaUrl', 'ScopeDroppedAttrCount', 'ScopeSchemaUrl', 'MetricDescription'];

const EXEMPLARS = ['FilteredAttributes', 'TimeUnix', 'Value', 'SpanId', 'TraceId'].map((part) => `Exemplars.${part}`);
const DISTRIBUTION = ['Count', 'Sum', 'Flags', 'Min', 'Max', 'AggregationTemporality', ...EXEMPLARS];

/** What a point says, by kind of metric. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  gauge: ['Value', 'Flags', ...EXEMPLARS],
  sum: ['Value', 'Flags', ...EXEMPLARS, 'AggregationTemporality', 'IsMonotonic'],
  histogram: [...DISTRIBUTION, 'BucketCounts', 'ExplicitBounds'],
  exponential_histogram: [
    ...DISTRIBUTION,
    ...['Scale', 'ZeroCount', 'PositiveOffset', 'PositiveBucketCounts', 'NegativeOffset', 'NegativeBucketCounts'],
  ],
  summary: ['Count', 'Sum', 'Flags', 'ValueAtQuantiles.Quantile', 'ValueAtQuantiles.Value'],
};

const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``);
const hashOf = (names: readonly string[]) => `cityHash64(${quoted(names).join(', ')})`;

/** Of two different points of one series and time, which only a broken sender makes, the same one counts in whatever order they came. */
function viewOf(kind: string, values: readonly string[]): string {
  const chosen = [...ATTRIBUTE_SETS, ...DESCRIPTIVE, ...values];
  const sets = ATTRIBUTE_SETS.map((name) => `cityHash64(mapSort(${name})) AS ${name}Set`);
  const select = [...quoted(IDENTITY), ...quoted(chosen).map((name) => `argMin(${name}, choice) AS ${name}`)];
  return `CREATE VIEW IF NOT EXISTS points_${kind} AS
SELECT ${select.join(', ')}
FROM (SELECT *, ${sets.join(', ')}, ${hashOf([...DESCRIPTIVE, ...values])} AS choice FROM otel_metrics_${kind})
GROUP BY ${[...IDENTITY, ...ATTRIBUTE_SETS.map((name) => `${name}Set`)].join(', ')}`;
}

/** Makes the views of those tables of metrics that are there: somebody else's pipeline may fill only some. */
export async function createPointViews(database: Database): Promise<void> {
  const tables = await database.rows<{ kind: string }>({
    sql: `SELECT replaceOne(name, 'otel_metrics_', '') AS kind FROM system.tables
WHERE database = currentDatabase() AND startsWith(name, 'otel_metrics_')`,
    doing: 'list the tables of metrics',
  });
  for (const { kind } of tables) {
    const values = VALUES[kind];
    if (values !== undefined)
      await database.run({ sql: viewOf(kind, values), doing: `create the view points_${kind}` });
  }
}
