/** What several collectors have seen together. */

import type { Counters, SignalCounters } from '../../collector/counters.ts';

/** The last commit is the slowest of the last ones, the last failure the newest. */
export function sumOf(all: readonly Counters[]): Counters {
  const sum = (read: (counters: Counters) => number) => all.reduce((total, each) => total + read(each), 0);
  const signal = (name: keyof Counters['signals']): SignalCounters => {
    const figure = (key: keyof SignalCounters) => sum((each) => each.signals[name][key]);
    return {
      requests: figure('requests'),
      received: figure('received'),
      accepted: figure('accepted'),
      rejected: figure('rejected'),
      truncated: figure('truncated'),
      refused: figure('refused'),
      invalid: figure('invalid'),
      aborted: figure('aborted'),
    };
  };
  return {
    signals: { traces: signal('traces'), metrics: signal('metrics') },
    receivingBytes: sum((each) => each.receivingBytes),
    queueBytes: sum((each) => each.queueBytes),
    commits: sum((each) => each.commits),
    failedCommits: sum((each) => each.failedCommits),
    totalCommitMs: sum((each) => each.totalCommitMs),
    lastCommitMs: Math.max(0, ...all.map((each) => each.lastCommitMs)),
    failedMsAgo: newestOf(all.map((each) => each.failedMsAgo)),
  };
}

function newestOf(agesMs: readonly (number | null)[]): number | null {
  const known = agesMs.filter((ageMs) => ageMs !== null);
  return known.length === 0 ? null : Math.min(...known);
}
