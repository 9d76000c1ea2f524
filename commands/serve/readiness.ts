/** Whether Hinge can do its work now, and what keeps it from it. */

import type { Readiness } from '../../api/providers.ts';
import type { Clock } from '../../model.ts';
import type { Store } from '../../store/store.ts';

export interface ReadinessOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly flagLines: () => readonly { readonly flag: string; readonly blocked: boolean; readonly text: string }[];
}

export function createReadiness({ store, clock, flagLines }: ReadinessOptions): () => Promise<Readiness> {
  return async () => {
    const answers = await store.ping();
    const checks = [
      {
        name: 'store',
        ok: answers,
        text: answers ? 'answers' : 'ClickHouse does not answer; telemetry is refused with 503',
      },
      ...(answers ? [await freshness(store, clock)] : []),
      ...flagLines().map(({ flag, blocked, text }) => ({ name: `flag ${flag}`, ok: !blocked, text })),
    ];
    // Only the store keeps Hinge from taking telemetry; the other checks are for people.
    return { ready: answers, checks };
  };
}

/** Clocks of one fleet differ by less. */
const AHEAD_SECONDS = 60;

async function freshness(store: Store, clock: Clock) {
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
