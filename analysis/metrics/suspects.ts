/** A ranking from metrics alone, as suspects: what speaks for each, in words. Never more than a part of the cause. */

import type { ChangedBuild, Conclusion, Suspect } from '../../model.ts';
import { change, percent } from '../words.ts';
import type { MetricCharge, MetricRanking, MetricSuspect } from './rank.ts';

const MOST_SUSPECTS = 10;
const NOUNS = {
  latency: { value: 'its time per call', whole: 'extra time' },
  errors: { value: 'its share of errors', whole: 'extra errors' },
};

export interface MetricAttribution {
  readonly suspects: readonly Suspect[];
  readonly conclusion: Conclusion;
}

export function suspectsOf(ranking: MetricRanking | null, changed: readonly ChangedBuild[]): MetricAttribution {
  const manifest = new Map(changed.map((build) => [build.service, build]));
  const ranked = (ranking?.suspects ?? []).slice(0, MOST_SUSPECTS);
  const suspects = ranked.map((suspect, index): Suspect => {
    const build = manifest.get(suspect.unit);
    return {
      rank: index + 1,
      service: suspect.unit,
      from: build?.from ?? '',
      to: build?.to ?? '',
      changed: build !== undefined,
      share: suspect.charges[0]?.share ?? null,
      interval: null,
      evidence: evidenceOf(suspect, ranking, build !== undefined || manifest.size === 0),
    };
  });
  return { suspects, conclusion: conclude(suspects[0], manifest.size > 0) };
}

function evidenceOf({ charges, unit }: MetricSuspect, ranking: MetricRanking | null, changed: boolean): string[] {
  const symptom = ranking?.symptom.service ?? '';
  const said = charges.map((charge) => sentence(charge, unit === symptom ? 'its own' : `${symptom}'s`));
  return [...said, ...(changed ? [] : ['against it: the manifest does not name it'])];
}

function sentence({ channel, ratio, atLeast, share }: MetricCharge, whose: string): string {
  const { value, whole } = NOUNS[channel];
  const size = `${change(ratio)}, at least ${change(atLeast)}`;
  return `from metrics alone: ${value} changed by ${size}, and it shows ${percent(share)} of ${whose} ${whole}, in the same slots`;
}

/** Without traces nobody saw a request pass: the first suspect contributes, more is not said. */
function conclude(top: Suspect | undefined, isKnownWhatChanged: boolean): Conclusion {
  if (top === undefined || !isKnownWhatChanged) return 'UNEXPLAINED';
  return top.changed ? 'CONTRIBUTING' : 'EXTERNAL';
}
