/** What a notice says, made of a line of the journal and nothing else: the same line gives the same notice. Pure. */
import { badShare, burnRate } from '../../analysis/live/burn.ts';
import type { EventCounts, JournalEntry, JournalState, Suspect } from '../../model.ts';
import type { Readings, SloReading } from '../readings.ts';

/** An SLO over one window of a burn rule, or since the change. */
export interface Figures extends EventCounts {
  /** Null for the time since the change. */
  readonly windowSeconds: number | null;
  /** Share of bad events, 0 to 1; null without events. */
  readonly badShare: number | null;
  /** How many times faster than allowed the budget went; null without events. */
  readonly burnRate: number | null;
}

export interface SloFigures {
  readonly slo: string;
  readonly objective: number;
  readonly figures: readonly Figures[];
}

/** Laid out as Standard Webhooks advise: type, timestamp, data. */
export interface Notice {
  readonly type: 'hinge.decision';
  /** When it was decided, RFC 3339. */
  readonly timestamp: string;
  readonly data: {
    /** The same for the same decision, at every attempt and after a restart. */
    readonly id: string;
    readonly decision: JournalState;
    readonly text: string;
    readonly flag: string;
    readonly environment: string;
    readonly upgradeId: string | null;
    readonly actor: string;
    /** What was about to be written to the flag server; null where the decision writes nothing. */
    readonly change: unknown;
    readonly slos: readonly SloFigures[];
    /** Instances that report the flag's variant, of all that were seen; null where none reports it. */
    readonly exposure: { readonly exposed: number; readonly instances: number } | null;
    readonly suspects: readonly Suspected[];
    /** The report, or the overview where no upgrade is concerned; null where nobody said how Hinge is reached. */
    readonly link: string | null;
  };
}

type Suspected = Pick<Suspect, 'rank' | 'service' | 'share'>;

type Evidence = Partial<Pick<Readings, 'slos' | 'exposure'>> & { readonly suspects?: readonly Suspected[] };

/** Null for text that is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const evidenceOf = ({ evidence }: JournalEntry): Evidence =>
  (parsed(evidence) as { readings?: Evidence } | null)?.readings ?? {};

function figuresOf({ slo, objective, rules, recovery }: SloReading): SloFigures {
  const over = (windowMs: number | null, counts: EventCounts): Figures => ({
    windowSeconds: windowMs === null ? null : windowMs / 1_000,
    good: counts.good,
    total: counts.total,
    badShare: badShare(counts),
    burnRate: burnRate(counts, objective),
  });
  const windows = rules.flatMap(({ rule, long, short }) => [over(rule.shortMs, short), over(rule.longMs, long)]);
  return { slo, objective, figures: recovery === null ? windows : [...windows, over(null, recovery)] };
}

function linkOf(upgradeId: string, publicUrl: string | undefined): string | null {
  if (publicUrl === undefined) return null;
  const base = publicUrl.replace(/\/+$/, '');
  return upgradeId === '' ? `${base}/` : `${base}/upgrades/${encodeURIComponent(upgradeId)}`;
}

/** `publicUrl` is where people reach Hinge's page. */
export function noticeOf(entry: JournalEntry, publicUrl: string | undefined): Notice {
  const { flag, environment, upgradeId, actor, state, text, intent, hash, atMs } = entry;
  const { slos = [], exposure = null, suspects = [] } = evidenceOf(entry);
  return {
    type: 'hinge.decision',
    timestamp: new Date(atMs).toISOString(),
    data: {
      id: `hinge_${hash.slice(0, 32)}`,
      ...{ decision: state, text, flag, environment, actor },
      upgradeId: upgradeId === '' ? null : upgradeId,
      change: parsed(intent),
      slos: slos.map(figuresOf),
      ...{ exposure, suspects },
      link: linkOf(upgradeId, publicUrl),
    },
  };
}
