/** The ranked binaries in HTML: share with its interval as a bar, evidence in words. */
import type { Suspect } from '../../model.ts';
import { type Markup, markup } from '../charts/markup.ts';
import { isOutside, suspectName, suspectShare } from './answers.ts';

export function suspectList(suspects: readonly Suspect[]): Markup {
  if (suspects.length === 0) return markup``;
  return markup`<section><h2>Which binary</h2><ol class="suspects">${suspects.map((suspect) => suspectItem(suspect, isOutside(suspect, suspects)))}</ol></section>`;
}

function suspectItem(suspect: Suspect, isForeign: boolean): Markup {
  const outside = isForeign ? markup` <span class="muted">not in the upgrade</span>` : null;
  const evidence = suspect.evidence.map((line) => markup`<li>${line}</li>`);
  return markup`<li><div class="head"><h3>${suspect.rank}. <bdi>${suspectName(suspect)}</bdi>${outside}</h3><span>${suspectShare(suspect)}</span></div>${shareBar(suspect)}${evidence.length === 0 ? null : markup`<ul>${evidence}</ul>`}</li>`;
}

/** Says nothing that the words beside it do not say, so it is hidden from screen readers. */
function shareBar({ share, interval, rank, intervention }: Suspect): Markup | null {
  if (share === null) return null;
  const [low, high] = (interval ?? [share, share]).map((end) => 100 * Math.min(1, Math.max(0, end)));
  const colour = rank === 1 && intervention !== 'cleared' ? 'var(--worse)' : 'var(--muted)';
  return markup`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="8" fill="var(--rule)"/><rect width="${100 * Math.min(1, Math.max(0, share))}" height="8" fill="${colour}"/><rect x="${low ?? 0}" y="3" width="${(high ?? 0) - (low ?? 0)}" height="2" fill="var(--ink)"/></svg>`;
}
