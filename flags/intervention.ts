/** An action as an experiment: what the journal says about the service whose flag was turned down. Pure. */
import type { Intervention, JournalEntry, JournalState } from '../model.ts';
import { type ChangeOutcome, changeOutcomes, type Outcome } from './outcome.ts';
import type { SloReading } from './readings.ts';
import { besideControl, percent, shareOf } from './recover-words.ts';

/** What a line of the journal carries of the end of a change. */
interface Carried {
  readonly service?: string;
  readonly state?: {
    readonly breach?: { readonly slo: string | null; readonly badShare: number | null } | null;
    readonly change?: { readonly change: { readonly kind: string } } | null;
    /** When telemetry first showed the change in effect. */
    readonly clearMs?: number | null;
  };
  readonly readings?: { readonly slos: readonly SloReading[] };
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
const span = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`);

interface Shares {
  readonly slo: string;
  readonly before: string;
  readonly after: string;
  /** Whom it was compared with; empty for nobody. */
  readonly control: string;
}

/** Shares of bad events of the SLO that burned, before the change and after; null where the line does not tell. */
function shares({ state, readings }: Carried): Shares | null {
  const { slo = null, badShare = null } = state?.breach ?? {};
  const reading = readings?.slos.find((one) => one.slo === slo);
  if (slo === null || badShare === null || !reading?.recovery || reading.recovery.total === 0) return null;
  const control = reading.control ? `; ${besideControl(reading)}` : '';
  return { slo, before: percent(badShare), after: shareOf(reading.recovery), control };
}

function effect(carried: Carried, helped: boolean, afterMs: number): string {
  const found = shares(carried);
  if (helped && found === null) return `every SLO was back ${span(afterMs)} later`;
  if (found === null) return `${span(afterMs)} later the signal was still bad`;
  const { slo, before, after, control } = found;
  if (helped) return `bad events of ${slo} fell from ${before} to ${after} within ${span(afterMs)}${control}`;
  return `${span(afterMs)} later ${slo} still had ${after} bad events (${before} before): what the flag gates is not the cause${control}`;
}

function interventionOf(change: ChangeOutcome, end: JournalEntry): Intervention | null {
  const carried = JSON.parse(end.evidence) as Carried;
  if (carried.service === undefined) return null;
  const helped = change.outcome === 'recovered';
  // What instances never took up was not tried.
  if (!helped && carried.state?.clearMs == null) return null;
  const down = carried.state?.change?.change.kind === 'disable' ? 'off' : 'down';
  const done = `${end.flag} was turned ${down} in ${end.environment} at ${clock(change.decidedMs)} UTC`;
  const words = `${done}, and ${effect(carried, helped, end.atMs - change.decidedMs)} (journal line ${end.sequence})`;
  return { service: carried.service, outcome: helped ? 'confirmed' : 'cleared', words };
}

/** The line that ends a change with proof. */
const END: Partial<Record<Outcome, JournalState>> = { recovered: 'HOLD', 'did-not-help': 'EXHAUSTED' };

/** Each change whose end is known, in order. A change that a person undid, or that a further step followed, proves nothing. */
export function interventionsOf(entries: readonly JournalEntry[]): readonly Intervention[] {
  return changeOutcomes(entries, []).flatMap((change) => {
    const state = END[change.outcome];
    const end = entries.find(
      (entry) =>
        entry.state === state &&
        entry.atMs >= change.decidedMs &&
        entry.flag === change.flag &&
        entry.environment === change.environment,
    );
    return (end && interventionOf(change, end)) ?? [];
  });
}
