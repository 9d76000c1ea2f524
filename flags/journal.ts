/** The journal's chain: each line carries the hash of the one before, so that a line changed or taken out shows. */
import { createHash } from 'node:crypto';
import type { JournalEntry } from '../model.ts';

/** What a line says, before it takes its place in the chain. */
export type JournalDraft = Omit<JournalEntry, 'sequence' | 'previousHash' | 'hash'>;

/** SHA-256, hex, over every field but the hash itself, as a JSON array in the order of `JournalEntry`. */
function hashOf(entry: Omit<JournalEntry, 'hash'>): string {
  const { sequence, atMs, actor, flag, environment, upgradeId, state, intent, text, evidence, previousHash } = entry;
  const fields = [sequence, atMs, actor, flag, environment, upgradeId, state, intent, text, evidence, previousHash];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/** The line that follows `previous` (undefined for the first). */
export function chain(previous: JournalEntry | undefined, draft: JournalDraft): JournalEntry {
  const linked = { ...draft, sequence: (previous?.sequence ?? 0) + 1, previousHash: previous?.hash ?? '' };
  return { ...linked, hash: hashOf(linked) };
}

export type ChainCheck =
  | { readonly ok: true; readonly lines: number }
  /** The first line that does not fit, and why. */
  | { readonly ok: false; readonly sequence: number; readonly reason: string };

/** Checks lines in the order of the chain, from the first. Lines cut off the end cannot be seen: keep the last hash elsewhere. */
export function verifyChain(entries: readonly JournalEntry[]): ChainCheck {
  let previous: JournalEntry | undefined;
  for (const entry of entries) {
    const { sequence } = entry;
    if (sequence !== (previous?.sequence ?? 0) + 1) {
      return {
        ok: false,
        sequence,
        reason: `line ${(previous?.sequence ?? 0) + 1} is missing or lines are out of order`,
      };
    }
    if (entry.previousHash !== (previous?.hash ?? '')) {
      return { ok: false, sequence, reason: `line ${sequence} does not follow from the line before it` };
    }
    if (entry.hash !== hashOf(entry))
      return { ok: false, sequence, reason: `line ${sequence} was changed after it was written` };
    previous = entry;
  }
  return { ok: true, lines: entries.length };
}
