/** What `hinge rehearse` is asked: traffic and releases, from the words of the command line and the configuration. */

import type { Config } from '../../config.ts';
import { HingeError } from '../../errors.ts';
import type { RehearsalPlan } from '../../rehearse/rehearsal.ts';
import { callsOf, type Traffic } from '../../rehearse/traffic.ts';
import type { Values } from '../command.ts';
import { choice, text } from '../words.ts';

export const REHEARSE_OPTIONS = {
  dry: { type: 'boolean' },
  json: { type: 'boolean' },
  instances: { type: 'string' },
  calls: { type: 'string' },
  endpoints: { type: 'string' },
  'median-ms': { type: 'string' },
  'old-and-new': { type: 'string' },
  history: { type: 'string' },
  'daily-rise': { type: 'string' },
  releases: { type: 'string' },
  seed: { type: 'string' },
} as const;

export const MOST_RELEASES = 50;
const FEWEST_RELEASES = 20;
/** Calls in the windows of a release up to which as many releases are drawn as are asked for by default. */
const CALLS_IN_TIME = 100_000;

/** @throws HingeError USAGE */
export function planOf(values: Values, { analysis }: Config): RehearsalPlan {
  const whole = (name: string, range: readonly [number, number], fallback: number) =>
    wholeNumber(values, name, range, fallback);
  const traffic: Traffic = {
    instances: whole('instances', [1, 1_000], 10),
    endpoints: whole('endpoints', [1, 1_000], 5),
    callsPerHour: whole('calls', [1, 10_000_000], 10_000),
    medianMs: whole('median-ms', [1, 3_600_000], 20),
    oldAndNew: choice(values, 'old-and-new', ['together', 'before-after'] as const, 'before-after'),
    windowMinutes: analysis.windowMinutes,
    historyDays: Math.min(whole('history', [0, 60], 0), analysis.historyDays),
    dailyRise: whole('daily-rise', [0, 1_000], 0) / 100,
  };
  if (traffic.oldAndNew === 'together' && traffic.instances < 2)
    throw new HingeError('USAGE', '--old-and-new together needs two instances or more: give --instances 2 or more');
  const releases = whole('releases', [1, 100_000], releasesInTime(traffic));
  return { traffic, releases, seed: whole('seed', [0, 4_294_967_295], 1) };
}

/** Fewer where each takes long, so that the answer comes soon: by arithmetic, not by the clock, because the same words give the same bytes. */
function releasesInTime(traffic: Traffic): number {
  const affordable = Math.floor((MOST_RELEASES * CALLS_IN_TIME) / callsOf(traffic));
  return Math.max(FEWEST_RELEASES, Math.min(MOST_RELEASES, affordable));
}

function wholeNumber(values: Values, name: string, [least, most]: readonly [number, number], fallback: number): number {
  const words = text(values, name);
  if (words === undefined) return fallback;
  const value = /^\d+$/.test(words) ? Number(words) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new HingeError('USAGE', `--${name} ${words}: expected a whole number from ${least} to ${most}`);
}
