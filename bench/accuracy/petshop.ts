/**
 * `npm run bench:petshop [train|test]`: the cause of labelled faults, ranked from metrics alone, and how often it was first. The
 * data has no call graph. Cases whose name says `train` are for building; those that say `test` are for the figure.
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type MetricRanking, rankByMetrics } from '../../analysis/metrics/rank.ts';
import { createCommitter } from '../../collector/commit/commit.ts';
import { importTelemetryFile } from '../../collector/files/import.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import type { Log, MetricSeries, TimeRange } from '../../model.ts';
import { openEngine } from '../../store/engine.ts';
import { openStore, type Store } from '../../store/store.ts';

/** The data set is not part of the repository; docs/accuracy.md says where it comes from. */
const DATA = resolve(process.env.HINGE_BENCH_DATA ?? join(import.meta.dirname, '../../../shared/data'), 'petshop');
/** A point of the data set covers five minutes. */
const SLOT_SECONDS = 300;
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

interface Label {
  readonly case: string;
  readonly label: {
    readonly rootCause: string;
    readonly target: { readonly node: string; readonly metric: string };
  };
}

interface Ranked {
  /** Place of the root cause, from 1; null where it is not among the suspects. */
  readonly rank: number | null;
  readonly first: string;
}

interface Outcome {
  readonly name: string;
  readonly split: 'train' | 'test';
  readonly rootCause: string;
  /** Told which service and signal alarmed, as the data set's own baselines are. */
  readonly told: Ranked;
  /** Told nothing. */
  readonly untold: Ranked;
}

const sides = ['before', 'after'] as const;

/** Whole slots that hold the points of a file. */
function rangeOf(file: string): TimeRange {
  const times = [
    ...gunzipSync(readFileSync(file))
      .toString()
      .matchAll(/"timeUnixNano":"(\d+)\d{9}"/g),
  ];
  const seconds = times.map(([, digits]) => Number(digits));
  const slot = (second: number) => Math.floor((second - 1) / SLOT_SECONDS) * SLOT_SECONDS;
  const [first, last] = seconds.reduce(([low, high], at) => [Math.min(low, at), Math.max(high, at)], [Infinity, 0]);
  return { startMs: slot(first) * 1_000, endMs: (slot(last) + SLOT_SECONDS) * 1_000 };
}

async function load(store: Store, file: string): Promise<void> {
  await using committer = createCommitter({ limits: DEFAULT_LIMITS, sink: (block) => store.insert(block) });
  for await (const _ of importTelemetryFile(file, DEFAULT_LIMITS, committer));
}

function ranked(ranking: MetricRanking | null, rootCause: string): Ranked {
  const units = (ranking?.suspects ?? []).map(({ unit }) => unit);
  const place = units.indexOf(rootCause);
  return { rank: place < 0 ? null : place + 1, first: units[0] ?? '-' };
}

function outcomeOf({ case: name, label }: Label, arms: Arms, series: readonly MetricSeries[]): Outcome {
  const input = { series, baseline: arms.before, candidate: arms.after };
  const channel = label.target.metric === 'latency' ? ('latency' as const) : ('errors' as const);
  const told = rankByMetrics({ ...input, symptom: { service: label.target.node, channel } });
  if (process.env.HINGE_BENCH_VERBOSE !== undefined) console.error(name, JSON.stringify(told, null, 1));
  const { rootCause } = label;
  const split = name.includes('test') ? 'test' : 'train';
  return { name, split, rootCause, told: ranked(told, rootCause), untold: ranked(rankByMetrics(input), rootCause) };
}

type Arms = Readonly<Record<(typeof sides)[number], TimeRange>>;

/** By the real way: collector, engine, store. */
async function runCase(folder: string, connection: Parameters<typeof openStore>[0]['connection'], index: number) {
  const label = JSON.parse(readFileSync(join(DATA, folder, 'case.json'), 'utf8')) as Label;
  const options = { connection, database: `petshop_${index}`, slotSeconds: SLOT_SECONDS, log: SILENT };
  await using store = await openStore({ ...options, sealDelaySeconds: 0, horizonSeconds: 0 });
  const file = (side: (typeof sides)[number]) => join(DATA, folder, `${side}.ndjson.gz`);
  for (const side of sides) await load(store, file(side));
  const arms = { before: rangeOf(file('before')), after: rangeOf(file('after')) };
  const { series } = await store.metricSeries([arms.before, arms.after]);
  return outcomeOf(label, arms, series);
}

/** 95 % interval of a share (Wilson 1927). */
function interval(hits: number, of: number): string {
  const z2 = 1.96 ** 2;
  const centre = (hits + z2 / 2) / (of + z2);
  const half = (1.96 / (of + z2)) * Math.sqrt((hits * (of - hits)) / of + z2 / 4);
  return `${(100 * (centre - half)).toFixed(1)} to ${(100 * (centre + half)).toFixed(1)} %`;
}

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly interval: string;
  readonly target: string;
  readonly record: string;
}

function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const goals = [
    { within: 1, words: 'first', target: '50 %', record: '70.6 %, call graph given' },
    { within: 3, words: 'in the first three', target: '75 %', record: '86.8 %, call graph given' },
  ];
  const splits = [...new Set(outcomes.map(({ split }) => split))];
  return splits.flatMap((split) =>
    (['told', 'untold'] as const).flatMap((way) =>
      goals.map(({ within, words, target, record }) => {
        const cases = outcomes.filter((each) => each.split === split);
        const hits = cases.filter((each) => (each[way].rank ?? Infinity) <= within).length;
        const share = `${hits} of ${cases.length} (${((100 * hits) / cases.length).toFixed(1)} %)`;
        const what = `PetShop ${split}, alarm ${way}: root cause ${words}`;
        return { what, measured: share, interval: interval(hits, cases.length), target, record };
      }),
    ),
  );
}

const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const rankWord = ({ rank }: Ranked) => (rank === null ? '-' : String(rank));

async function main(wanted: string | undefined): Promise<void> {
  if (!existsSync(DATA)) throw new Error(`${DATA} is missing: set HINGE_BENCH_DATA to the folder that holds petshop`);
  const folders = readdirSync(DATA).filter((name) => existsSync(join(DATA, name, 'case.json')));
  const chosen = folders.filter((name) => wanted === undefined || name.includes(wanted)).sort();
  const dataDir = mkdtempSync(join(tmpdir(), 'hinge-petshop-'));
  try {
    await using engine = await openEngine({ dataDir, durability: 'fast', log: SILENT });
    const outcomes: Outcome[] = [];
    for (const [index, folder] of chosen.entries()) outcomes.push(await runCase(folder, engine.connection, index));
    const cases = outcomes.map(({ name, rootCause, told, untold }) =>
      line([name, rootCause, rankWord(told), told.first, rankWord(untold), untold.first]),
    );
    const rows = rowsOf(outcomes).map((row) => line(Object.values(row)));
    const tables = [
      [
        line(['case', 'root cause', 'rank', 'first', 'rank untold', 'first untold']),
        line(Array(6).fill('---')),
        ...cases,
      ],
      [line(['what', 'measured', 'interval', 'target', 'record']), line(Array(5).fill('---')), ...rows],
    ];
    process.stdout.write(`${tables.map((table) => table.join('\n')).join('\n\n')}\n`);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

await main(process.argv[2]);
