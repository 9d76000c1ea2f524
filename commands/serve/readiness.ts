/** Whether Hinge can do its work now, and what keeps it from it. */

import type { Readiness } from '../../api/providers.ts';
import type { Clock } from '../../model.ts';
import type { Store } from '../../store/store.ts';

export interface ReadinessOptions {
  readonly store: Pick<Store, 'ping' | 'status'>;
  /** Since the newest insert of telemetry, when that failed; null otherwise. */
  readonly failedMsAgo: () => Promise<number | null>;
  readonly clock: Clock;
  readonly flagLines: () => readonly { readonly flag: string; readonly blocked: boolean; readonly text: string }[];
  /** Whether flags may be written to at all; worth a line only where they may not. */
  readonly automation?: () => { readonly on: boolean; readonly text: string };
}

export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { store, failedMsAgo, clock, flagLines, automation = () => ({ on: true, text: '' }) } = options;
  return async () => {
    const answers = await store.ping();
    const commits = commitCheck(await failedMsAgo());
    const { on, text } = automation();
    const checks = [
      {
        name: 'store',
        ok: answers,
        text: answers ? 'answers' : 'ClickHouse does not answer; telemetry is refused with 503',
      },
      ...commits,
      ...(answers ? [await freshness(store, clock)] : []),
      ...(on ? [] : [{ name: 'automation', ok: false, text }]),
      ...flagLines().map((line) => ({ name: `flag ${line.flag}`, ok: !line.blocked, text: line.text })),
    ];
    // Only the store keeps Hinge from taking telemetry; the other checks are for people.
    return { ready: answers && commits.length === 0, checks };
  };
}

/**
 * A store may answer and still take nothing: its disk is full, its folder cannot be written. Only for a while: who is not
 * ready is sent nothing, and would never learn that the store is well again.
 */
const FAILURE_COUNTS_MS = 30_000;

function commitCheck(failedMsAgo: number | null) {
  if (failedMsAgo === null || failedMsAgo > FAILURE_COUNTS_MS) return [];
  const seconds = Math.round(failedMsAgo / 1_000);
  const text = `telemetry could not be committed ${seconds} s ago and is refused with 503: see the log, check the disk`;
  return [{ name: 'commits', ok: false, text }];
}

/** Clocks of one fleet differ by less. */
const AHEAD_SECONDS = 60;

async function freshness(store: Pick<Store, 'status'>, clock: Clock) {
  const { newestSpanMs, spans } = await store.status();
  if (newestSpanMs === null) return { name: 'telemetry', ok: true, text: 'no span yet' };
  const seconds = Math.round((clock() - newestSpanMs) / 1_000);
  const age = seconds >= 0 ? `${seconds} s old` : `${-seconds} s ahead of this clock: check the clocks`;
  return {
    name: 'telemetry',
    ok: seconds > -AHEAD_SECONDS,
    text: `${spans.toLocaleString('en')} spans, the newest ${age}`,
  };
}
