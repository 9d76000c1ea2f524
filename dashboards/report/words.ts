/** The words and numbers that all dresses of the report share, so that they say the same. */
import type { Conclusion, Control, Finding, JournalState, Signal, TimeRange, Verdict } from '../../model.ts';
import { duration, shorten, signedDuration } from '../charts/format.ts';

export { duration, signedDuration };

/** Stands where nothing can be said. */
const UNKNOWN = '–';

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  regressed: 'Regressed',
  improved: 'Improved',
  unchanged: 'Unchanged',
  inconclusive: 'Inconclusive',
};

/** What says most first; an endpoint belongs to the first that any of its findings has. */
export const VERDICTS = ['regressed', 'improved', 'inconclusive', 'unchanged'] as const satisfies readonly Verdict[];

export const CONTROL_WORDS: Readonly<Record<Control, string>> = {
  concurrent: 'old and new served in the same minutes',
  'diff-in-diff': 'against untouched services in the same minutes',
  history: 'against the same hours of earlier days',
  'before-after': 'plain before and after: weak, the time of day is in it',
};

export const CONCLUSION_WORDS: Readonly<Record<Conclusion, string>> = {
  BINARY: 'a changed binary is the cause',
  CONTRIBUTING: 'a changed binary is part of the cause',
  CALL_PATTERN: 'it calls others more or less often than before',
  TRAFFIC_MIX: 'the traffic changed, no binary is to blame',
  EXTERNAL: 'the cause lies outside the upgrade',
  ENVIRONMENT: 'all services moved together, so it is the environment',
  UNEXPLAINED: 'no binary explains it',
  NONE: 'nothing to explain',
};

export const STATE_WORDS: Readonly<Record<JournalState, string>> = {
  OBSERVE: 'watching',
  SUSPECT: 'suspicion',
  CONFIRMED: 'breach confirmed',
  AWAIT_APPROVAL: 'awaiting approval',
  STEP_DOWN: 'turned down',
  TUNE: 'tuned down',
  KILL: 'turned off',
  VERIFY_PUBLISHED: 'publishing',
  VERIFY_RECOVERY: 'watching recovery',
  HOLD: 'holding',
  HANDED_BACK: 'handed back',
  YIELDED: 'left to a person',
  BLOCKED: 'blocked',
  EXHAUSTED: 'did not help',
  RESTORE: 'put back',
  STOPPED: 'all stopped',
  RESUMED: 'all resumed',
};

/** `p99 latency`, `error rate`, `attempts/call`, `calls/request`, or the metric's name. */
export function signalName(signal: Signal): string {
  if (signal.startsWith('latency.')) return `${signal.slice('latency.'.length)} latency`;
  if (signal === 'errors') return 'error rate';
  if (signal === 'calls') return 'calls/request';
  return signal === 'retries' ? 'attempts/call' : signal.slice('metric:'.length);
}

/** A finding's baseline or candidate: a duration, a share of calls, attempts per logical call, or calls per request. */
export function formatValue(signal: Signal, value: number | null): string {
  if (value === null) return UNKNOWN;
  if (signal.startsWith('latency.')) return duration(value);
  if (signal === 'errors') return share(value);
  return signal === 'retries' ? value.toFixed(3) : Number(value.toPrecision(4)).toString();
}

/** A build as people name it: versions whole, hashes by their first twelve digits, `?` where none is known. */
export function buildName(build: string): string {
  const hash = /^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{8,}$/i.exec(build);
  return hash?.[1] ?? (build === '' ? '?' : shorten(build, 24));
}

/** A ratio as people say it: `+84 %` up to double, `×3.20` beyond. */
export function changeOf(ratio: number | null): string {
  if (ratio === null) return UNKNOWN;
  return isLarge(ratio) ? times(ratio) : percentChange(ratio);
}

/** `+71 % to +99 %`, or `×2.90 to ×3.52`; both ends in the same dress. */
export function intervalOf(interval: readonly [number, number] | null): string {
  if (interval === null) return UNKNOWN;
  const [low, high] = interval;
  const say = isLarge(low) || isLarge(high) ? times : percentChange;
  return `${say(low)} to ${say(high)}`;
}

/** `2.4 %`; 0 to 1 in. */
export function share(value: number): string {
  const percent = value * 100;
  if (percent === 0) return '0 %';
  return `${percent >= 10 ? percent.toFixed(0) : Number(percent.toPrecision(2))} %`;
}

/** `12,480`. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A number keeps its unit with it at the end of a line. */
export const unbroken = (sentence: string): string => sentence.replace(/(?<=\d) (?=(?:ms|µs|s|%)(?:\W|$))/gu, '\u00a0');

/** `1 endpoint`, `3 endpoints`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `14:32:05`, UTC. */
export function clockTime(ms: number): string {
  return iso(ms).slice(11, 19);
}

/** `2026-11-20 14:30:00 to 14:50:00 UTC (20 min 00 s)`. */
export function windowOf(range: TimeRange): string {
  const [start, end] = [iso(range.startMs), iso(range.endMs)];
  const sameDay = start.slice(0, 10) === end.slice(0, 10);
  const until = sameDay ? end.slice(11, 19) : end.slice(0, 19).replace('T', ' ');
  return `${start.slice(0, 19).replace('T', ' ')} to ${until} UTC (${duration((range.endMs - range.startMs) * 1e6)})`;
}

/** The name of an endpoint without its service: `POST /checkout`, `charge card → payments`. */
export function endpointName(key: Pick<Finding, 'endpoint' | 'peer'>): string {
  return key.peer === '' ? key.endpoint : `${key.endpoint} → ${key.peer}`;
}

/** `p99 latency 412 ms → 1.32 s, ×3.20 (95 % interval ×2.90 to ×3.52)`. */
export function findingSentence(finding: Finding): string {
  const { signal, baseline, candidate, ratio, interval } = finding;
  const values = `${signalName(signal)} ${formatValue(signal, baseline)} → ${formatValue(signal, candidate)}`;
  const change = ratio === null ? '' : `, ${changeOf(ratio)}`;
  return `${values}${change}${interval === null ? '' : ` (95 % interval ${intervalOf(interval)})`}`;
}

/** `inconclusive, sees +18 %`: with the smallest change that this much data would have shown, where nothing was shown. */
export function verdictOf({ verdict, minimumDetectable }: Finding): string {
  if (verdict !== 'inconclusive' || minimumDetectable === null) return verdict;
  return `${verdict}, sees ${changeOf(minimumDetectable)}`;
}

/** What `sees` means. */
export const SEES = 'after "inconclusive", the smallest change that this much data would have shown';

/** `12,480 → 12,391 calls, 3 → 3 instances`. */
export function sizes({ calls, instances }: Finding): string {
  const numbers = `${count(calls.baseline)} → ${count(calls.candidate)} calls`;
  return `${numbers}, ${count(instances.baseline)} → ${counted(instances.candidate, 'instance')}`;
}

function isLarge(ratio: number): boolean {
  return ratio >= 2;
}

function times(ratio: number): string {
  if (ratio >= 100) return `×${count(ratio)}`;
  if (ratio < 0.1) return `×${Number(ratio.toPrecision(2))}`;
  return `×${ratio.toFixed(ratio >= 10 ? 1 : 2)}`;
}

function percentChange(ratio: number): string {
  const percent = (ratio - 1) * 100;
  const size = Math.abs(percent);
  const text = size.toFixed(size < 10 || (percent < 0 && size >= 99) ? 1 : 0);
  if (Number(text) === 0) return '0 %';
  return `${percent > 0 ? '+' : '−'}${text} %`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
