/** OpenSLO documents as Hinge's SLOs: each is taken whole or refused by name, none is left out. Pure. */

import { nearest } from '../nearest.ts';
import { type SloSettings, slo as sloSchema } from '../slo.ts';
import type { OpenSloDocument, Path, SliDocument, SloDocument } from './document.ts';
import { type Facts, factsOf, type Indicator } from './facts.ts';
import { measureOf, objectiveOf } from './measure.ts';
import type { Objective } from './schema.ts';

/** Days in a unit of a duration; months, quarters and years have no length of their own. */
const DAYS: Readonly<Record<string, number>> = { m: 1 / 1_440, h: 1 / 24, d: 1, w: 7 };

function windowOf(slo: SloDocument): number {
  const [window] = slo.spec.timeWindow ?? [];
  if (window === undefined) return 30;
  const at = ['spec', 'timeWindow', 0];
  if (window.calendar !== undefined || window.isRolling !== true)
    throw slo.refusal(at, 'must be rolling: Hinge knows no budget by the calendar; say isRolling: true');
  const [, count = '', unit = ''] = /^(\d+)([mhdw])$/.exec(window.duration) ?? [];
  const days = Number(count) * (DAYS[unit] ?? Number.NaN);
  if (days >= 1 && days <= 366) return days;
  throw slo.refusal([...at, 'duration'], 'must be 1 to 366 days, in m, h, d or w, as 28d or 4w');
}

function indicatorOf(slo: SloDocument, slis: ReadonlyMap<string, SliDocument>): Indicator {
  const { indicator, indicatorRef } = slo.spec;
  if ((indicator === undefined) === (indicatorRef === undefined))
    throw slo.refusal(['spec'], 'needs either indicator or indicatorRef');
  if (indicator !== undefined) {
    const path = ['spec', 'indicator'];
    const annotations = [[...path, 'metadata', 'annotations'], indicator.metadata?.annotations ?? {}] as const;
    return { document: slo, path: [...path, 'spec'], spec: indicator.spec, annotations };
  }
  const name = indicatorRef ?? '';
  const sli = slis.get(name);
  if (sli === undefined)
    throw slo.refusal(['spec', 'indicatorRef'], `there is no SLI "${name}"${nearest(name, [...slis.keys()])}`);
  return { document: sli, path: ['spec'], spec: sli.spec, annotations: [['metadata', 'annotations'], sli.annotations] };
}

const SLICES = ['timeSliceTarget', 'timeSliceWindow'] as const;
const COMPOSITE = ['indicator', 'indicatorRef', 'compositeWeight'] as const;

function refuseOthers(slo: SloDocument, facts: Facts): void {
  const { budgetingMethod, objectives, alertPolicies = [] } = slo.spec;
  if (budgetingMethod !== 'Occurrences')
    throw slo.refusal(['spec', 'budgetingMethod'], 'must be Occurrences: Hinge counts calls, not slices of time');
  if (alertPolicies.length > 0 && facts.ignore === undefined)
    throw slo.refusal(
      ['spec', 'alertPolicies'],
      'are not read: Hinge acts by burn, of its behaviours; say that they are for others with the annotation hinge.dev/ignore: alertPolicies',
    );
  for (const [index, objective] of objectives.entries()) {
    const at = ['spec', 'objectives', index];
    for (const key of SLICES)
      if (objective[key] !== undefined) throw slo.refusal([...at, key], 'is for slices of time; leave it out');
    for (const key of COMPOSITE)
      if (objective[key] !== undefined)
        throw slo.refusal([...at, key], 'is of a composite SLO, which Hinge does not know: make it several SLOs');
  }
}

function nameOf(slo: SloDocument, { displayName }: Objective, at: Path): string {
  if (slo.spec.objectives.length === 1) return slo.name;
  if (displayName !== undefined && displayName !== '') return `${slo.name}/${displayName}`;
  throw slo.refusal(at, 'needs a displayName: with several objectives each is an SLO called name/displayName');
}

/** Where in the document stands what the SLO's field says. */
const PLACES: Readonly<Record<string, Path>> = { name: ['metadata', 'name'], service: ['spec', 'service'] };

function checked(slo: SloDocument, settings: SloSettings): SloSettings {
  const { error, data } = sloSchema.safeParse(settings);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw slo.refusal(PLACES[String(issue?.path[0])] ?? ['spec'], `${issue?.path.join('.')}: ${issue?.message}`);
}

function byName<T extends OpenSloDocument>(documents: readonly T[]): Map<string, T> {
  const found = new Map<string, T>();
  for (const each of documents) {
    if (found.has(each.name)) throw each.refusal(['metadata', 'name'], `names a second ${each.kind} so`);
    found.set(each.name, each);
  }
  return found;
}

/** @throws HingeError CONFIG_INVALID naming the line of the first document that asks for what Hinge cannot measure. */
export function slosOf(documents: readonly OpenSloDocument[], taken: ReadonlySet<string>): SloSettings[] {
  const slis = byName(documents.filter((each) => each.kind === 'SLI'));
  const services = byName(documents.filter((each) => each.kind === 'Service'));
  const names = new Set(taken);
  return documents
    .filter((each) => each.kind === 'SLO')
    .flatMap((slo) => {
      const indicator = indicatorOf(slo, slis);
      const facts = factsOf(slo, indicator, services.get(slo.spec.service));
      refuseOthers(slo, facts);
      const windowDays = windowOf(slo);
      const { endpoint, service = slo.spec.service } = facts;
      return slo.spec.objectives.map((objective, index) => {
        const at = ['spec', 'objectives', index];
        const name = nameOf(slo, objective, at);
        if (names.has(name)) throw slo.refusal(['metadata', 'name'], `there is another SLO "${name}"`);
        names.add(name);
        const measure = measureOf(slo, objective, at, indicator, facts);
        const share = objectiveOf(slo, objective, at);
        const where = { service, ...(endpoint === undefined ? {} : { endpoint }) };
        return checked(slo, { name, ...where, ...measure, objective: share, windowDays });
      });
    });
}
