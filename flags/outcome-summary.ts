/** The figures by which automation is judged: how fast it finds and mends, and how often it was wrong. */
import type { ChangeOutcome, Outcome } from './outcome.ts';

export interface OutcomeSummary {
  /** Changes that reached the flag server, those under way included. */
  readonly changes: number;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Medians in milliseconds; null where there is nothing to tell from. */
  readonly detectMs: number | null;
  readonly decideMs: number | null;
  readonly publishMs: number | null;
  readonly recoverMs: number | null;
  /** Of the changes that ended, those that did not help or that a person undid before recovery; null before the first. */
  readonly falseRollbackRate: number | null;
}

const NONE: Readonly<Record<Outcome, number>> = {
  ...{ 'under-way': 0, recovered: 0, improved: 0, 'did-not-help': 0 },
  ...{ undone: 0, 'not-enough': 0, left: 0, 'not-applied': 0 },
};

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = (known.length - 1) / 2;
  const [low, high] = [known[Math.floor(middle)], known[Math.ceil(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

export function summarise(changes: readonly ChangeOutcome[]): OutcomeSummary {
  const counts = { ...NONE };
  for (const { outcome } of changes) counts[outcome] += 1;
  const made = changes.filter(({ outcome }) => outcome !== 'not-applied');
  const ended = made.length - counts['under-way'];
  const medianOf = (pick: (change: ChangeOutcome) => number | null) => median(made.map(pick));
  return {
    changes: made.length,
    counts,
    detectMs: medianOf(({ detectMs }) => detectMs),
    decideMs: medianOf(({ decideMs }) => decideMs),
    publishMs: medianOf(({ publishMs }) => publishMs),
    recoverMs: medianOf(({ recoverMs }) => recoverMs),
    falseRollbackRate: ended === 0 ? null : (counts['did-not-help'] + counts.undone) / ended,
  };
}
