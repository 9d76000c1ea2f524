/** The report as one self-contained HTML file: no script, no request, readable in print, in the dark and on a phone. */
import type { Action, Report, Verdict } from '../../model.ts';
import { type Markup, markup, trusted } from '../charts/markup.ts';
import { answers, countsSentence } from './answers.ts';
import { byEndpoint, type EndpointFindings } from './groups.ts';
import { endpointCard, endpointTable, type Links } from './html-findings.ts';
import { leadList, suspectList } from './html-suspects.ts';
import { STYLE } from './style.ts';
import { CONTROL_WORDS, clockTime, counted, SEES, STATE_WORDS, unbroken, VERDICT_WORDS, windowOf } from './words.ts';

export type { Links } from './html-findings.ts';

/** Nothing is fetched and nothing runs, whatever a name in the telemetry contains. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Endpoints with a card and a chart of their own; further ones stand in a table. */
const CARDS = 12;

/** More endpoints than these are folded away, unless they regressed. */
const UNFOLDED = 4;

/** `links.traceUrl` is an http(s) address with `{traceId}` in it; trace ids become links then. */
export function renderHtml(report: Report, o: { readonly links?: Links } = {}): string {
  const endpoints = byEndpoint(report.findings);
  return htmlPage(
    `${VERDICT_WORDS[report.verdict]}: ${report.title}`,
    markup`${firstScreen(report)}
${regressedSection(report, endpoints, o.links ?? {})}
${suspectList(report.suspects)}
${leadList(report.leads)}
${timeline(report.actions)}
${restSection('improved', 'What got better', endpoints)}
${restSection('inconclusive', 'What cannot be told', endpoints)}
${unchangedSection(endpoints)}
${basis(report)}`,
  );
}

/** The frame of every page: head, style, policy, main. */
export function htmlPage(title: string, main: Markup): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Hinge</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
<main class="page">
${main}
</main>
</body>
</html>
`.markup;
}

export function badge(verdict: Verdict): Markup {
  return markup`<span class="badge ${verdict}">${VERDICT_WORDS[verdict]}</span>`;
}

function firstScreen(report: Report): Markup {
  return markup`<header>
<p class="over">${badge(report.verdict)}<bdi>${report.title}</bdi></p>
<h1>${unbroken(report.headline)}</h1>
<dl class="facts">${answers(report).map(({ ask, say }) => markup`<dt>${ask}</dt><dd>${say}</dd>`)}</dl>
</header>`;
}

function section(title: string, content: readonly Markup[] | Markup): Markup {
  return markup`<section><h2>${title}</h2>${content}</section>`;
}

function regressedSection(report: Report, all: readonly EndpointFindings[], links: Links): Markup {
  const endpoints = all.filter((endpoint) => endpoint.verdict === 'regressed');
  if (endpoints.length === 0) return markup``;
  const rest = endpoints.slice(CARDS);
  const more =
    rest.length === 0
      ? null
      : markup`<h3>${counted(rest.length, 'more endpoint')} that regressed</h3>${endpointTable(rest)}`;
  return section(
    'What got worse',
    markup`${endpoints.slice(0, CARDS).map((e) => endpointCard(report, e, links))}${more}`,
  );
}

function restSection(verdict: Verdict, title: string, all: readonly EndpointFindings[]): Markup {
  const endpoints = all.filter((endpoint) => endpoint.verdict === verdict);
  if (endpoints.length === 0) return markup``;
  if (endpoints.length <= UNFOLDED) return section(title, endpointTable(endpoints));
  const summary = counted(endpoints.length, 'endpoint');
  return section(title, markup`<details><summary>${summary}</summary>${endpointTable(endpoints)}</details>`);
}

function unchangedSection(all: readonly EndpointFindings[]): Markup {
  const endpoints = all.filter((endpoint) => endpoint.verdict === 'unchanged');
  if (endpoints.length === 0) return markup``;
  const summary = `${counted(endpoints.length, 'endpoint')} without a change`;
  return section('What held', markup`<details><summary>${summary}</summary>${endpointTable(endpoints)}</details>`);
}

function timeline(actions: readonly Action[]): Markup {
  if (actions.length === 0) return markup``;
  const flags = [...new Set(actions.map((action) => `${action.flag} in ${action.environment}`))].join(', ');
  const lines = actions.map(
    ({ atMs, state, text }) =>
      markup`<li><time datetime="${new Date(atMs).toISOString()}">${clockTime(atMs)}</time><strong>${STATE_WORDS[state]}</strong><span>${text}</span></li>`,
  );
  return section(
    'What was done',
    markup`<p class="muted">Flag <bdi>${flags}</bdi>; times in UTC</p><ol class="timeline">${lines}</ol>`,
  );
}

function basis(report: Report): Markup {
  const { windows, health, control } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['Verdicts', countsSentence(report)],
    ['Baseline', `${windowOf(windows.baseline)}, ${counted(health.calls.baseline, 'call')}`],
    ['Candidate', `${windowOf(windows.candidate)}, ${counted(health.calls.candidate, 'call')}`],
    ['Control', CONTROL_WORDS[control]],
    ['Sees', SEES],
    ['Read', `${counted(health.services, 'service')}, ${counted(health.endpoints, 'endpoint')}`],
  ];
  const notes = health.notes.map((note) => markup`<li>${note}</li>`);
  return section(
    'What this rests on',
    markup`<dl class="facts">${rows.map(([name, text]) => markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
${notes.length === 0 ? null : markup`<h3>Notes</h3><ul class="notes">${notes}</ul>`}
<footer>Made by Hinge, ${report.schema}. Intervals are 95 %; a test is flagged when its false discovery rate stays at or under the limit and its effect lies beyond the tolerance.</footer>`,
  );
}
