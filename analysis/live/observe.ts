/** One stream at one look: what its counts say, and what is remembered of them. */

import { addUp, type Count, effectiveNumber } from '../statistics/counts.ts';
import { nameOf } from '../words.ts';
import { type ArmTotals, logEValue } from './e-value.ts';
import { addRecent, type Rates, startRecent } from './recent.ts';
import { consult } from './second-opinion.ts';
import type { CandidateCount, InstanceCount, LiveState, StreamLook, StreamState } from './state.ts';

export interface Observation {
  readonly stream: StreamState;
  /** Null when the stream cannot be tested at this look. */
  readonly measured: Measured | null;
  readonly note: string | null;
}

export interface Measured {
  readonly totals: ArmTotals;
  /** The candidate's events are those over the tolerated threshold. */
  readonly beyond: ArmTotals;
  readonly rates: Rates;
  /** Natural logarithms, before e-BH; null with too few events. */
  readonly logE: number | null;
  readonly logECautious: number | null;
}

/** `looks`: what came under the stream's id: nothing, one, or by mistake several. */
export function observe(
  stream: StreamState,
  looks: readonly StreamLook[],
  state: LiveState,
  atMs: number,
): Observation {
  const [look, ...others] = looks;
  if (look === undefined) return { stream, measured: null, note: null };
  if (others.length > 0 || !isReadable(look)) {
    return {
      stream,
      measured: null,
      note: `${nameStream(stream)}: counts that are negative, repeated or not numbers are left out`,
    };
  }
  const [baseline, candidate] = [present(look.baseline), present(look.candidate)];
  if (baseline.length === 0 || candidate.length === 0) {
    return {
      stream,
      measured: null,
      note: `${nameStream(stream)}: no calls in the ${baseline.length === 0 ? 'baseline' : 'candidate'}`,
    };
  }
  const measured = measure(stream, baseline, candidate);
  const next = remember(stream, measured, atMs);
  const opinion = consult(stream.opinion, atMs - state.startMs, {
    baseline,
    candidate,
    paired: samePlaces(baseline, candidate),
    noise: stream.watched.signal === 'retries' ? 'poisson' : 'binomial',
  });
  return { stream: { ...next.stream, opinion }, measured, note: next.note };
}

function measure(
  { watched }: StreamState,
  baseline: readonly InstanceCount[],
  candidate: readonly CandidateCount[],
): Measured {
  const arm = (counts: readonly InstanceCount[]) => ({ ...addUp(counts), instances: effectiveNumber(counts) });
  const totals = { baseline: arm(baseline), candidate: arm(candidate) };
  const beyond = {
    ...totals.candidate,
    events: addUp(candidate.map((each) => ({ ...each, events: each.beyond }))).events,
  };
  const { tau2, upper } = watched.spread;
  return {
    totals,
    beyond: { baseline: totals.baseline, candidate: beyond },
    rates: { baseline: rateOf(totals.baseline), candidate: rateOf(totals.candidate) },
    logE: logEValue(totals, tau2),
    logECautious: logEValue(totals, upper),
  };
}

/**
 * The evidence is in the counts, which the look holds whole. Counts that fell (a restart, lost or corrected data) are tested as
 * they are; only the windows that tell whether it lasts start over, so that no action follows at once.
 */
function remember(stream: StreamState, { totals, rates }: Measured, atMs: number) {
  const { events, exposure } = totals.candidate;
  const before = stream.candidate ?? { events: 0, exposure: 0 };
  const fell = events < before.events || exposure < before.exposure;
  const fresh = { events: events - before.events, exposure: exposure - before.exposure };
  const recent = fell ? startRecent(atMs) : addRecent(stream.recent, fresh, rates, atMs);
  return {
    stream: { ...stream, candidate: { events, exposure }, recent },
    note: fell
      ? `${nameStream(stream)}: counts fell (a restart, or lost data): whether an effect lasts is watched afresh`
      : null,
  };
}

function isReadable({ baseline, candidate }: StreamLook): boolean {
  const values = [...baseline, ...candidate].flatMap(({ events, exposure }) => [events, exposure]);
  return (
    [...values, ...candidate.map(({ beyond }) => beyond)].every(isCount) &&
    isDistinct(baseline) &&
    isDistinct(candidate)
  );
}

/** NaN fails both comparisons. */
const isCount = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const isDistinct = (counts: readonly InstanceCount[]) =>
  new Set(counts.map(({ instance }) => instance)).size === counts.length;

/** In order of instance, so that the order given does not matter. */
function present<T extends InstanceCount>(counts: readonly T[]): T[] {
  return counts.filter(({ exposure }) => exposure > 0).sort((one, other) => (one.instance < other.instance ? -1 : 1));
}

function samePlaces(one: readonly InstanceCount[], other: readonly InstanceCount[]): boolean {
  return one.length === other.length && one.every(({ instance }, index) => instance === other[index]?.instance);
}

const nameStream = ({ watched }: StreamState) =>
  `${nameOf(watched.signal)} of ${watched.endpoint} in ${watched.service}`;
const rateOf = ({ events, exposure }: Count) => events / exposure;
