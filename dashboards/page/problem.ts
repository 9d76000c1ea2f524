/** What a person sees in place of a page that cannot be shown: what happened, and where to go on. */
import { markup } from '../charts/markup.ts';
import { htmlPage } from '../report/html.ts';

export interface ShownProblem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

export function renderProblem({ status, title, detail }: ShownProblem): string {
  return htmlPage(
    title,
    markup`<header><p class="over"><span>${status}</span></p><h1>${sentence(title)}</h1></header>
<p>${sentence(detail)}</p>
<p><a href="/">All upgrades</a></p>`,
  );
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
