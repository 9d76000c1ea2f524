/** What became of each change of a flag, and how fast: a pure fold over the journal. */
import type { JournalEntry, JournalState } from '../model.ts';
import { keyOf } from './resume.ts';
import { TAGGED } from './state.ts';

/**
 * `improved`: every objective is met again, but not the control's level. `did-not-help`: turned off and still bad. `undone`: a person changed the flag before recovery was proved. `not-enough`: no
 * recovery, and a further step down followed. `left`: a person took the flag over, or a new upgrade began, before the end was known.
 */
export type Outcome =
  | 'under-way'
  | 'recovered'
  | 'improved'
  | 'did-not-help'
  | 'undone'
  | 'not-enough'
  | 'left'
  | 'not-applied';

/** Times in milliseconds; null where the journal does not tell. */
export interface ChangeOutcome {
  readonly flag: string;
  readonly environment: string;
  readonly upgradeId: string;
  readonly decidedMs: number;
  readonly outcome: Outcome;
  /** From the start of the upgrade until the breach was confirmed. */
  readonly detectMs: number | null;
  /** From there until the change was decided: limits, and people who approve. */
  readonly decideMs: number | null;
  /** From the decision until applications were given the change. */
  readonly publishMs: number | null;
  /** From the decision until recovery was proved. */
  readonly recoverMs: number | null;
}

/** A flag on the way through the journal. */
interface Track {
  readonly confirmedMs: number | null;
  readonly open: ChangeOutcome | null;
  /** Whether the open change was read back from the flag server. */
  readonly applied: boolean;
}

const IDLE: Track = { confirmedMs: null, open: null, applied: false };

const DOWN = new Set<JournalState>(['STEP_DOWN', 'TUNE', 'KILL']);

const HELD = new Set<string | undefined>(['held', TAGGED]);

/** What the fold reads of the state that a line carries. */
interface Carried {
  readonly reason?: string;
  readonly change?: { readonly decidedMs: number; readonly firstMs?: number } | null;
}

const stateIn = ({ evidence }: JournalEntry): Carried => (JSON.parse(evidence) as { state?: Carried }).state ?? {};

/** When the change was first decided: attempts at it share that. */
const decidedIn = ({ change }: Carried): number | undefined => change?.firstMs ?? change?.decidedMs;

function opened(entry: JournalEntry, decidedMs: number, track: Track, startedMs: number | undefined): ChangeOutcome {
  const { flag, environment, upgradeId } = entry;
  const confirmedMs = track.confirmedMs ?? decidedMs;
  return {
    ...{ flag, environment, upgradeId, decidedMs },
    outcome: 'under-way',
    detectMs: startedMs === undefined ? null : confirmedMs - startedMs,
    decideMs: decidedMs - confirmedMs,
    publishMs: null,
    recoverMs: null,
  };
}

/** What the line says of the open change. */
function judged(open: ChangeOutcome, applied: boolean, entry: JournalEntry): ChangeOutcome {
  const sinceMs = entry.atMs - open.decidedMs;
  switch (entry.state) {
    case 'VERIFY_RECOVERY':
      return { ...open, publishMs: open.publishMs ?? sinceMs };
    case 'HOLD':
      return { ...open, outcome: 'recovered', recoverMs: sinceMs };
    case 'HANDED_BACK':
      return { ...open, outcome: 'improved' };
    case 'EXHAUSTED':
      return { ...open, outcome: 'did-not-help' };
    case 'RESTORE':
      return { ...open, outcome: 'undone' };
    case 'YIELDED':
      return { ...open, outcome: HELD.has(stateIn(entry).reason) ? 'left' : 'undone' };
    case 'OBSERVE':
      // One rung lower the breach may go on: the change stays open until it is known what followed.
      if (decidedIn(stateIn(entry)) === open.decidedMs) return open;
      return { ...open, outcome: applied ? 'left' : 'not-applied' };
    default:
      return open;
  }
}

type Followed = readonly [Track, ended: ChangeOutcome | null];

/** A new change ends the one before it, which did not suffice. */
function begin(track: Track, entry: JournalEntry, decidedMs: number, startedMs: number | undefined): Followed {
  const { open, applied } = track;
  // The same decision again is another attempt at it.
  if (open?.decidedMs === decidedMs) return [track, null];
  const next = { confirmedMs: null, open: opened(entry, decidedMs, track, startedMs), applied: false };
  return [next, open && { ...open, outcome: applied ? 'not-enough' : 'not-applied' }];
}

/** What a line about one flag makes of its track, and the change that it ends, if it does. */
function follow(track: Track, entry: JournalEntry, startedMs: number | undefined): Followed {
  const { state, atMs } = entry;
  const decidedMs = decidedIn(stateIn(entry));
  if (DOWN.has(state) && entry.intent !== '' && decidedMs !== undefined)
    return begin(track, entry, decidedMs, startedMs);
  if (state === 'CONFIRMED') return [{ ...track, confirmedMs: track.confirmedMs ?? atMs }, null];
  if (track.open === null) return [state === 'OBSERVE' ? IDLE : track, null];
  if (state === 'VERIFY_PUBLISHED') return [{ ...track, applied: true }, null];
  const change = judged(track.open, track.applied, entry);
  return change.outcome === 'under-way' ? [{ ...track, open: change }, null] : [IDLE, change];
}

/** All changes, in order of their decision. `upgrades` gives the start of each. */
export function changeOutcomes(
  entries: readonly JournalEntry[],
  upgrades: readonly { readonly id: string; readonly startedMs: number }[],
): readonly ChangeOutcome[] {
  const starts = new Map(upgrades.map(({ id, startedMs }) => [id, startedMs]));
  const tracks = new Map<string, Track>();
  const ended: ChangeOutcome[] = [];
  for (const entry of entries) {
    const key = keyOf(entry);
    const [track, change] = follow(tracks.get(key) ?? IDLE, entry, starts.get(entry.upgradeId));
    tracks.set(key, track);
    if (change !== null) ended.push(change);
  }
  const open = [...tracks.values()].flatMap((track) => track.open ?? []);
  return [...ended, ...open].sort((a, b) => a.decidedMs - b.decidedMs);
}
