/** The journal's store on virtual time: lines that are refused, or committed with the answer lost, or committed late. */
import type { JournalEntry } from '../../../model.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

export interface JournalStore {
  state: 'up' | 'flaky' | 'down';
  readonly entries: JournalEntry[];
  isReadable(): boolean;
  /** @param dies true while who sent it is alive, where a commit ends with the process that hosts the store */
  append(entry: JournalEntry, answer: (fault: Error | null) => void, isAlive: () => boolean): void;
}

/** A line whose answer is late is committed within this: a lease must have more slack. */
export const LATE_LINE_MS = 3_000;

export function createJournalStore(time: Time, random: Random, onLine: (entry: JournalEntry) => void): JournalStore {
  const entries: JournalEntry[] = [];

  function commit(entry: JournalEntry): void {
    if (entries.some(({ hash }) => hash === entry.hash)) return;
    entries.push(entry);
    onLine(entry);
  }

  const store: JournalStore = {
    state: 'up',
    entries,
    isReadable: () => store.state === 'up' || (store.state === 'flaky' && random.chance(0.8)),
    append(entry, answer, isAlive) {
      const fate =
        store.state === 'up'
          ? 'fine'
          : store.state === 'down'
            ? 'failed'
            : random.pick(['fine', 'failed', 'lost', 'late']);
      const line = structuredClone(entry);
      const whenAlive = (): void => {
        if (isAlive()) commit(line);
      };
      if (fate === 'fine') {
        return time.after(random.int(1, 30), () => {
          whenAlive();
          time.after(1, () => answer(null));
        });
      }
      if (fate === 'lost') time.after(1, whenAlive);
      if (fate === 'late') time.after(random.int(1, LATE_LINE_MS), whenAlive);
      time.after(random.int(1, 1_000), () => answer(new Error('the store does not answer')));
    },
  };
  return store;
}
