/** The live test on streams with a known truth: how often nothing alarms, and how soon a slower p99 is found. */

import { wilson } from '../../rehearse/wilson.ts';
import { type Course, follow } from './live-course.ts';
import { QUIET, type Truth } from './live-stream.ts';
import { type Block, type Row, shareRow } from './row.ts';

const NOISES = [
  { name: 'no noise in time', noise: QUIET, target: 0.02 },
  {
    name: 'each instance drifts, AR(1) .7, sd 5 %',
    noise: { of: 'instance', sd: 0.05, correlation: 0.7 },
    target: 0.02,
  },
  {
    name: 'each arm drifts by itself, AR(1) .7, sd 5 %',
    noise: { of: 'arm', sd: 0.05, correlation: 0.7 },
    target: 0.05,
  },
] as const;

const POWERS = [
  { slower: 0.1, runs: 100, minutes: null },
  { slower: 0.2, runs: 200, minutes: 6 },
  { slower: 0.5, runs: 200, minutes: null },
] as const;

const A_A_RUNS = 1_000;

export const liveBlock: Block = async ({ quick, say }) => {
  const scale = quick ? 0.1 : 1;
  const courses = (runs: number, truth: Omit<Truth, 'seed' | 'callsPerMinute'>) =>
    Array.from({ length: Math.ceil(runs * scale) }, (_, run) =>
      follow({ seed: 1 + run, callsPerMinute: 1_000, ...truth }),
    );
  const rows: Row[] = [];
  for (const { name, noise, target } of NOISES) {
    say(`live: A/A, ${name}`);
    rows.push(...falseAlarms(name, courses(A_A_RUNS, { slower: 0, noise }), target));
  }
  for (const { slower, runs, minutes } of POWERS) {
    say(`live: +${100 * slower} %`);
    rows.push(...detection(slower, courses(runs, { slower, noise: QUIET }), minutes));
  }
  return rows;
};

function falseAlarms(name: string, courses: readonly Course[], atMost: number): Row[] {
  const count = (key: keyof Course) => courses.filter((course) => course[key] !== null).length;
  return [
    shareRow(`A/A over 60 looks, ${name}: suspected`, count('suspected'), courses.length, { atMost }),
    shareRow(`A/A over 60 looks, ${name}: acted on`, count('acted'), courses.length, { atMost }),
  ];
}

function detection(slower: number, courses: readonly Course[], minutes: number | null): Row[] {
  const name = `p99 +${100 * slower} %, 1,000 requests a minute an arm`;
  return (['suspected', 'acted'] as const).flatMap((key) => {
    const found = courses.map((course) => course[key] ?? Number.POSITIVE_INFINITY).sort((one, other) => one - other);
    const hits = found.filter(Number.isFinite).length;
    const target = key === 'suspected' && minutes !== null ? { atMost: minutes } : null;
    return [
      shareRow(`${name}: ${key} within an hour`, hits, courses.length, null),
      {
        what: `${name}: minutes until ${key}, median`,
        unit: 'min',
        n: courses.length,
        target,
        record: '',
        ...median(found),
      },
    ];
  });
}

/** With the ranks that Wilson's interval of one half gives; null, or Infinity at an end, beyond the hour. */
function median(sorted: readonly number[]): Pick<Row, 'measured' | 'interval'> {
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const measured = at(0.5);
  const [low, high] = wilson(sorted.length / 2, sorted.length) ?? [0, 1];
  return Number.isFinite(measured) ? { measured, interval: [at(low), at(high)] } : { measured: null, interval: null };
}
