/** What is said of leads in every dress: where to look first when nothing regressed, and how much of that is chance. */
import type { Lead } from '../../model.ts';
import { count, share } from './words.ts';

export const LEADS_TITLE = 'Leads below the bar';

/** So often a lead this strong is nothing to be surprised at. */
const ORDINARY = 0.2;
/** Smaller parts are not told apart. */
const LEAST_SHARE = 0.001;

/** What leads are and are not; empty without any. */
export function leadsIntro(leads: readonly Lead[]): string {
  const [first] = leads;
  if (first === undefined) return '';
  const strength = `Of releases in which nothing changed, up to ${chanceShare(first)} have one as strong as the first`;
  const meaning = first.chance >= ORDINARY ? ': it is what chance gives' : '';
  return `Nothing passed the bar; who looks all the same may begin here. Each lead is significant if asked alone; ${count(first.tests)} tests were asked. ${strength}${meaning}. Leads accuse nobody, and nothing acts on them.`;
}

/** `p = 0.0007; chance: up to 4 % of releases`. */
export function leadStrength(lead: Lead): string {
  const p = lead.p < LEAST_SHARE / 10 ? 'p < 0.0001' : `p = ${Number(lead.p.toPrecision(2))}`;
  return `${p}; chance: up to ${chanceShare(lead)} of releases`;
}

function chanceShare({ chance }: Lead): string {
  return share(Math.max(LEAST_SHARE, chance));
}
