/** How soon Hinge acted: from the first sample that breached to the flag server's acceptance, by the journal and by the spans. Pure. */
import { type BurnRule, ruleHolds } from '../analysis/live/burn.ts';
import type { EventCounts, JournalEntry } from '../model.ts';

/** Events of one second, by the start of the calls. */
export interface SecondOfEvents extends EventCounts {
  readonly atMs: number;
}

/** What burned, and when the flag server accepted the change, as the journal has it. */
export interface Deed {
  readonly slo: string;
  readonly objective: number;
  readonly rules: readonly BurnRule[];
  /** By the flag server's own clock. */
  readonly acceptedMs: number;
}

interface Evidence {
  readonly state?: {
    readonly breach?: { readonly slo: string | null } | null;
    readonly change?: { readonly eventId: number | null } | null;
  };
  readonly readings?: {
    readonly slos: readonly {
      readonly slo: string;
      readonly objective: number;
      readonly rules: readonly { readonly rule: BurnRule }[];
    }[];
    readonly flag: { readonly changes?: readonly { readonly id: number; readonly atMs: number }[] };
  };
}

/** The first change that was read back from the flag server and that a burn rate was the ground of; null for none. */
export function deedIn(lines: readonly Pick<JournalEntry, 'state' | 'evidence'>[]): Deed | null {
  const line = lines.find(({ state }) => state === 'VERIFY_PUBLISHED');
  if (line === undefined) return null;
  const { state, readings } = JSON.parse(line.evidence) as Evidence;
  const event = readings?.flag.changes?.find(({ id }) => id === state?.change?.eventId);
  const burned = readings?.slos.find(({ slo }) => slo === state?.breach?.slo);
  if (event === undefined || burned === undefined) return null;
  const rules = burned.rules.map(({ rule }) => rule);
  return { slo: burned.slo, objective: burned.objective, rules, acceptedMs: event.atMs };
}

const SECOND_MS = 1_000;
/** As behaviours have it unless told. */
const MIN_EVENTS = 30;

/**
 * The second with the first sample that made a rule hold: the earliest from `fromMs` on at whose end both windows of a rule
 * burn fast enough. Null for none. It is the start of the second, so that the time since is a second too long at most.
 */
export function firstBreach(seconds: readonly SecondOfEvents[], deed: Deed, fromMs: number): number | null {
  const upTo = (endMs: number, ms: number): EventCounts => {
    const own = seconds.filter(({ atMs }) => atMs >= endMs - ms && atMs < endMs);
    const sum = (of: 'good' | 'total') => own.reduce((total, each) => total + each[of], 0);
    return { good: sum('good'), total: sum('total') };
  };
  const breaches = ({ atMs }: SecondOfEvents): boolean =>
    deed.rules.some((rule) => {
      const endMs = atMs + SECOND_MS;
      const [long, short] = [upTo(endMs, rule.longMs), upTo(endMs, rule.shortMs)];
      return ruleHolds({ rule, long, short }, deed.objective, MIN_EVENTS);
    });
  return seconds.find((second) => second.atMs >= fromMs && breaches(second))?.atMs ?? null;
}
