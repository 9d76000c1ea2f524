/** The global stop and its end: who said so, when, and by which way; and the line of the journal that says it. Pure. */
import type { JournalDraft } from './journal.ts';

/** `journal`: it was found tampered with. `start`: a Hinge that nobody stopped is the active one now. */
export type Way = 'api' | 'command' | 'file' | 'journal' | 'start';

export interface Said {
  readonly actor: string;
  readonly way: Way;
}

export interface Brake extends Said {
  readonly stopped: boolean;
  readonly saidMs: number;
}

const WAYS: Readonly<Record<Way, string>> = {
  api: 'over the API',
  command: 'by command',
  file: 'by the stop file',
  journal: 'because the journal was tampered with',
  start: 'because this Hinge, which is the active one now, was not stopped',
};

/** `ada by command at 2026-11-20 12:00:05 UTC`. */
export function saidWords({ actor, way, saidMs }: Brake): string {
  const at = new Date(saidMs).toISOString().slice(0, 19).replace('T', ' ');
  return `${actor} ${WAYS[way]} at ${at} UTC`;
}

/** Names that no behaviour can have. */
const ALL = { flag: 'all flags', environment: 'every environment' } as const;

export function brakeLine(brake: Brake, upgradeId: string, nowMs: number): JournalDraft {
  const { stopped, actor } = brake;
  return {
    ...{ atMs: nowMs, actor, ...ALL, upgradeId, intent: '' },
    state: stopped ? 'STOPPED' : 'RESUMED',
    text: `all changes of flags were ${stopped ? 'stopped' : 'resumed'} by ${saidWords(brake)}`,
    evidence: JSON.stringify({ brake }),
  };
}

/** The last brake that a journal tells of; null for none. */
export function lastBrake(entries: readonly { readonly state: string; readonly evidence: string }[]): Brake | null {
  const line = entries.findLast(({ state }) => state === 'STOPPED' || state === 'RESUMED');
  return line === undefined ? null : (JSON.parse(line.evidence) as { brake: Brake }).brake;
}
