/** What was tried on a suspect weighs more than what was counted: confirmed ones first, cleared ones last. */

import type { ChangedBuild, Intervention, Suspect } from '../model.ts';

const ORDER = { confirmed: 0, none: 1, cleared: 2 } as const;

const WORDS = { confirmed: 'confirmed by intervention', cleared: 'cleared by intervention' } as const;

/** One action that helped outweighs others that did not: a binary may carry several behaviours. */
function marked(suspect: Suspect, interventions: readonly Intervention[]): Suspect {
  const own = interventions.filter(({ service }) => service === suspect.service);
  if (own.length === 0) return suspect;
  const intervention = own.some(({ outcome }) => outcome === 'confirmed') ? 'confirmed' : 'cleared';
  const evidence = own.map(({ outcome, words }) => `${WORDS[outcome]}: ${words}`);
  return { ...suspect, intervention, evidence: [...evidence, ...suspect.evidence] };
}

/** A service that telemetry did not suspect, though turning its flag down helped. */
function unsuspected(
  suspects: readonly Suspect[],
  interventions: readonly Intervention[],
  changed: readonly ChangedBuild[],
): Suspect[] {
  const confirmed = new Set(
    interventions.flatMap(({ service, outcome }) => (outcome === 'confirmed' ? [service] : [])),
  );
  return changed
    .filter(({ service }) => confirmed.has(service) && suspects.every((suspect) => suspect.service !== service))
    .map(({ service, from, to }) => ({
      ...{ rank: 0, service, from, to, changed: true },
      ...{ share: null, interval: null, evidence: [] },
    }));
}

export function withInterventions(
  suspects: readonly Suspect[],
  interventions: readonly Intervention[],
  changed: readonly ChangedBuild[],
): readonly Suspect[] {
  if (interventions.length === 0) return suspects;
  return [...suspects, ...unsuspected(suspects, interventions, changed)]
    .map((suspect) => marked(suspect, interventions))
    .sort((a, b) => ORDER[a.intervention ?? 'none'] - ORDER[b.intervention ?? 'none'])
    .map((suspect, index) => ({ ...suspect, rank: index + 1 }));
}

/** A sentence for each, as the end of the headline; empty where nothing was tried. */
export function interventionWords(suspects: readonly Suspect[]): string {
  return suspects
    .flatMap(({ service, intervention }) =>
      intervention === undefined ? [] : [` ${service} is ${WORDS[intervention]}.`],
    )
    .join('');
}
