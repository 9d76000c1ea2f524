/** What the e-values of all streams together allow: whom to suspect, whom to act on, and what an action still needs. */

import type { Control } from '../../model.ts';
import { eBenjaminiHochberg } from './e-bh.ts';
import { decisionText, eText, streamText } from './live-words.ts';
import type { Measured, Observation } from './observe.ts';
import { lasting } from './recent.ts';
import type { LiveDecision, StreamEvidence, StreamState } from './state.ts';
import { overTolerance } from './tolerance.ts';

const SUSPECT = Math.log(20);
const ACT = Math.log(200);

export function decide(observations: readonly Observation[], control: Control, atMs: number): LiveDecision {
  const suspicions = eBenjaminiHochberg(observations.map(({ measured }) => measured?.logE ?? null));
  const cautious = eBenjaminiHochberg(observations.map(({ measured }) => measured?.logECautious ?? null));
  const evidence = observations.flatMap(({ stream, measured }, index) => {
    const logE = suspicions[index] ?? null;
    if (measured === null || logE === null || logE < SUSPECT) return [];
    return [weigh(stream, measured, { logE, logECautious: cautious[index] ?? 0 }, control)];
  });
  evidence.sort(byWeight);
  const tested = suspicions.filter((logE) => logE !== null).length;
  return {
    kind: evidence[0]?.kind ?? 'wait',
    atMs,
    text: decisionText(evidence, tested),
    tested,
    evidence,
    notes: observations.flatMap(({ note }) => note ?? []),
  };
}

function byWeight(one: StreamEvidence, other: StreamEvidence): number {
  const acts = Number(other.kind === 'act') - Number(one.kind === 'act');
  return acts || other.logECautious - one.logECautious || (one.id < other.id ? -1 : 1);
}

type LogEValues = Pick<StreamEvidence, 'logE' | 'logECautious'>;

function weigh(stream: StreamState, measured: Measured, values: LogEValues, control: Control): StreamEvidence {
  const { id, watched, opinion } = stream;
  const { service, endpoint, kind: spanKind, peer, signal } = watched;
  const { baseline, candidate } = measured.totals;
  const known = {
    id,
    key: { service, endpoint, kind: spanKind, peer },
    signal,
    ...values,
    baseline: { events: baseline.events, exposure: baseline.exposure },
    candidate: { events: candidate.events, exposure: candidate.exposure },
    ratio: (candidate.events + 0.5) / candidate.exposure / ((baseline.events + 0.5) / baseline.exposure),
    overTolerance: overTolerance(watched, measured),
    lasting: lasting(stream.recent, measured.rates),
    opinion,
  };
  const missing = missingFor(known, control);
  const kind = missing.length === 0 ? 'act' : 'suspect';
  return { ...known, kind, missing, text: streamText(known, watched.threshold) };
}

type Weighed = Omit<StreamEvidence, 'kind' | 'missing' | 'text'>;

/** An action needs all of these: strong evidence, a large effect that goes on, two tests that agree, and a control. */
function missingFor(
  { logECautious, overTolerance: over, lasting: lasts, opinion }: Weighed,
  control: Control,
): string[] {
  const wants: readonly [boolean, string][] = [
    [logECautious < ACT, `an e-value of 200 with the spread's upper bound (it is ${eText(logECautious)})`],
    [over === null || over <= 1, 'the whole interval beyond the tolerance'],
    [lasts === 'unknown', 'three windows that can tell whether it lasts'],
    [lasts === 'transient', 'an effect that is still there in the last windows'],
    [opinion.againstMinutes === null, 'the second opinion'],
    [control === 'before-after', 'a control: before and after alone cannot tell the upgrade from the time of day'],
  ];
  return wants.flatMap(([wanted, words]) => (wanted ? [words] : []));
}
