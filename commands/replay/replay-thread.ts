/** Entry of the thread that replays one policy over one upgrade: thirty reports, which nobody else should wait for. */

import '../../disposable-stack.ts';
import { openReader, type ReaderOptions } from '../../store/reader.ts';
import type { Judging } from '../serve/judgements.ts';
import { createKnownUpgrades } from '../serve/upgrades.ts';
import { answer } from '../thread/callee.ts';
import { type ReplayedUpgrade, type ReplayPolicy, replayUpgrade } from './replay.ts';

/** Plain data. */
export interface ReplayTask {
  readonly store: ReaderOptions;
  readonly judging: Judging;
  /** See `ReplayOptions`. */
  readonly settledMs: number;
  readonly intervalMs: number;
  readonly id: string;
  readonly policy: ReplayPolicy;
}

export interface Replaying {
  readonly replay: (task: ReplayTask) => Promise<ReplayedUpgrade>;
}

answer<Replaying>({
  async replay({ store: place, judging, settledMs, intervalMs, id, policy }) {
    await using store = await openReader(place);
    const upgrades = createKnownUpgrades({ ...judging, store, clock: Date.now });
    return await replayUpgrade({ ...judging, store, upgrades, settledMs, intervalMs }, id, policy);
  },
});
