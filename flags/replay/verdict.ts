/** What a policy would have done beside what the final report says: right, late, wrong, missed. Pure. */
import type { Conclusion, Report } from '../../model.ts';

/** `untold` where the report cannot say who is to blame, or history ends before the policy acted; `quiet` where nothing was to be done. */
export type ReplayVerdict = 'right' | 'late' | 'wrong' | 'missed' | 'quiet' | 'untold';

export interface ReplayCase {
  readonly service: string;
  readonly actedMs: number | null;
  /** When an SLO of the behaviour first broke its objective over the shortest window; null for never. */
  readonly firstBreachMs: number | null;
  /** When the flag was turned down in fact: from there on history tells of another world. Null for never. */
  readonly turnedDownMs: number | null;
  /** Longer than this after the first breach is late. */
  readonly lateMs: number;
  readonly report: Pick<Report, 'verdict' | 'conclusion' | 'suspects'>;
}

export interface Judged {
  readonly verdict: ReplayVerdict;
  readonly because: string;
}

const ELSEWHERE = new Set<Conclusion>(['TRAFFIC_MIX', 'EXTERNAL', 'ENVIRONMENT', 'NONE']);

interface Blame {
  readonly guilty: boolean | null;
  readonly because: string;
}

/** Whether the report blames the service; null where it cannot tell. */
function blameOf({ verdict, conclusion, suspects }: ReplayCase['report'], service: string): Blame {
  const suspect = suspects.find((one) => one.service === service);
  if (suspect?.intervention === 'confirmed')
    return { guilty: true, because: `${service} is confirmed by intervention` };
  if (suspect?.intervention === 'cleared') return { guilty: false, because: `${service} is cleared by intervention` };
  if (verdict === 'inconclusive') return { guilty: null, because: 'the report is inconclusive' };
  if (verdict !== 'regressed') return { guilty: false, because: 'the report finds nothing that regressed' };
  if (ELSEWHERE.has(conclusion))
    return { guilty: false, because: `the report finds the cause elsewhere (${conclusion})` };
  if (conclusion === 'UNEXPLAINED') return { guilty: null, because: 'the report does not explain the regression' };
  const [low] = suspect?.interval ?? [suspect?.rank === 1 ? 1 : 0];
  if (suspect !== undefined && (suspect.rank === 1 || low > 0))
    return { guilty: true, because: `the report blames ${service}` };
  const [first] = suspects;
  return { guilty: false, because: `the report blames ${first?.service ?? 'nobody'}, not ${service}` };
}

const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`;

function acted(actedMs: number, { firstBreachMs, lateMs }: ReplayCase, { guilty, because }: Blame): Judged {
  if (guilty === null) return { verdict: 'untold', because };
  if (!guilty) return { verdict: 'wrong', because };
  if (firstBreachMs === null) return { verdict: 'right', because: `${because}; no SLO had broken yet` };
  const after = Math.max(0, actedMs - firstBreachMs);
  const verdict = after > lateMs ? 'late' : 'right';
  return { verdict, because: `${because}; ${minutes(after)} after the first breach` };
}

export function judgeReplay(given: ReplayCase): Judged {
  const blame = blameOf(given.report, given.service);
  if (given.actedMs !== null) return acted(given.actedMs, given, blame);
  if (blame.guilty === null) return { verdict: 'quiet', because: blame.because };
  if (!blame.guilty) return { verdict: 'quiet', because: blame.because };
  if (given.turnedDownMs !== null)
    return { verdict: 'untold', because: `${blame.because}; its flag was turned down in fact before the policy acted` };
  const breach = given.firstBreachMs === null ? '; none of its SLOs broke' : '';
  return { verdict: 'missed', because: blame.because + breach };
}
