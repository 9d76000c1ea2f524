/** The ranked binaries in HTML: share with its interval as a bar, evidence in words; or the leads, where nothing regressed. */
import type { Lead, Suspect } from '../../model.ts';
import { type Markup, markup } from '../charts/markup.ts';
import { isOutside, suspectName, suspectShare } from './answers.ts';
import { LEADS_TITLE, leadStrength, leadsIntro } from './leads.ts';

export function suspectList(suspects: readonly Suspect[]): Markup {
  if (suspects.length === 0) return markup``;
  return markup`<section><h2>Which binary</h2><ol class="suspects">${suspects.map((suspect) => suspectItem(suspect, isOutside(suspect, suspects)))}</ol></section>`;
}

function suspectItem(suspect: Suspect, isForeign: boolean): Markup {
  const outside = isForeign ? markup` <span class="muted">not in the upgrade</span>` : null;
  const evidence = suspect.evidence.map((line) => markup`<li>${line}</li>`);
  return markup`<li><div class="head"><h3>${suspect.rank}. <bdi>${suspectName(suspect)}</bdi>${outside}</h3><span>${suspectShare(suspect)}</span></div>${shareBar(suspect)}${evidence.length === 0 ? null : markup`<ul>${evidence}</ul>`}</li>`;
}

/** No bar and no colour: a lead has no share of anything, and must not look like a suspect. */
export function leadList(leads: readonly Lead[]): Markup {
  if (leads.length === 0) return markup``;
  const items = leads.map(
    (lead) =>
      markup`<li><div class="head"><h3>${lead.rank}. <bdi>${suspectName(lead)}</bdi></h3><span class="muted">${leadStrength(lead)}</span></div><ul>${lead.evidence.map((line) => markup`<li>${line}</li>`)}</ul></li>`,
  );
  return markup`<section><h2>${LEADS_TITLE}</h2><p class="muted">${leadsIntro(leads)}</p><ol class="suspects">${items}</ol></section>`;
}

/** Says nothing that the words beside it do not say, so it is hidden from screen readers. */
function shareBar({ share, interval, rank, intervention }: Suspect): Markup | null {
  if (share === null) return null;
  const [low, high] = (interval ?? [share, share]).map((end) => 100 * Math.min(1, Math.max(0, end)));
  const colour = rank === 1 && intervention !== 'cleared' ? 'var(--worse)' : 'var(--muted)';
  return markup`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="8" fill="var(--rule)"/><rect width="${100 * Math.min(1, Math.max(0, share))}" height="8" fill="${colour}"/><rect x="${low ?? 0}" y="3" width="${(high ?? 0) - (low ?? 0)}" height="2" fill="var(--ink)"/></svg>`;
}
