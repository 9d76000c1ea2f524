/** Findings in HTML: a card with the chart and its table for what regressed, tables for the rest. */
import type { Finding, Report, ShiftPoint } from '../../model.ts';
import { pointAt } from '../charts/conclusion.ts';
import { percentile } from '../charts/format.ts';
import { type Markup, markup, trusted } from '../charts/markup.ts';
import { shiftChart } from '../charts/shift.ts';
import { armNames, type EndpointFindings } from './groups.ts';
import {
  CONTROL_WORDS,
  changeOf,
  duration,
  endpointName,
  formatValue,
  intervalOf,
  signalName,
  signedDuration,
  sizes,
  verdictOf,
} from './words.ts';

export interface Links {
  /** Where a trace can be seen: an http(s) address in which `{traceId}` is replaced. */
  readonly traceUrl?: string;
}

/** Percentiles in the table beside the chart. */
const TWIN = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999];

export function endpointCard(report: Report, endpoint: EndpointFindings, links: Links): Markup {
  const { worst } = endpoint;
  return markup`<article class="card">
<h3>${nameOf(endpoint)}</h3>
${chart(report, endpoint)}
<div class="scroll"><table>${findingHead()}<tbody>${endpoint.findings.map((f) => findingRow(f))}</tbody></table></div>
<p>${capital(worst.reason)}. <span class="muted">${sizes(worst)}; ${CONTROL_WORDS[worst.control]}${worst.confidence === 'low' ? '; low confidence' : ''}.</span></p>
${traces(worst, links)}
</article>`;
}

/** One row a signal under the name of its endpoint, for endpoints without a card. */
export function endpointTable(endpoints: readonly EndpointFindings[]): Markup {
  const bodies = endpoints.map(
    (endpoint) =>
      markup`<tbody><tr><th class="endpoint" colspan="7" scope="rowgroup">${nameOf(endpoint)}</th></tr>${endpoint.findings.map(
        (finding) => findingRow(finding, markup`<td class="why">${finding.reason}</td>`),
      )}</tbody>`,
  );
  return markup`<div class="scroll"><table>${findingHead(markup`<th>Why</th>`)}${bodies}</table></div>`;
}

function nameOf(endpoint: EndpointFindings): Markup {
  return markup`<bdi class="service">${endpoint.service}</bdi><bdi>${endpointName(endpoint)}</bdi>`;
}

function findingHead(more: Markup | null = null): Markup {
  return markup`<thead><tr><th>Signal</th><th class="n">Before</th><th class="n">After</th><th class="n">Change</th><th class="n">95 % interval</th><th>Verdict</th>${more}</tr></thead>`;
}

function findingRow(finding: Finding, more: Markup | null = null): Markup {
  const { signal, baseline, candidate, ratio, interval, verdict } = finding;
  const emphasis = verdict === 'regressed' || verdict === 'improved' ? `strong ${verdict}` : '';
  return markup`<tr><td>${signalName(signal)}</td><td class="n">${formatValue(signal, baseline)}</td><td class="n">${formatValue(signal, candidate)}</td><td class="n ${emphasis}">${changeOf(ratio)}</td><td class="n">${intervalOf(interval)}</td><td class="verdict ${verdict}">${verdictOf(finding)}</td>${more}</tr>`;
}

function chart(report: Report, endpoint: EndpointFindings): Markup | null {
  if (endpoint.shift.length < 2) return null;
  const { baseline, candidate } = armNames(report, endpoint.service);
  const options = {
    points: endpoint.shift,
    endpoint: endpointName(endpoint),
    baselineName: baseline,
    candidateName: candidate,
  };
  return markup`<figure>
${sized(shiftChart(options), 'wide')}
${sized(shiftChart({ ...options, width: 400 }), 'narrow')}
<details><summary>The chart as a table</summary>${twin(endpoint.shift)}</details>
</figure>`;
}

function sized(svg: string, name: 'wide' | 'narrow'): Markup {
  return trusted(svg.replace('<svg ', `<svg class="${name}" `));
}

function twin(points: readonly ShiftPoint[]): Markup {
  const rows = TWIN.flatMap((p) => pointAt(points, p) ?? []).map(
    (d) =>
      markup`<tr><th scope="row">${percentile(d.p)}</th><td class="n">${duration(d.baselineNs)}</td><td class="n">${duration(d.candidateNs)}</td><td class="n">${signedDuration(d.candidateNs - d.baselineNs)}</td><td class="n">${signedDuration(d.lowNs)} to ${signedDuration(d.highNs)}</td></tr>`,
  );
  return markup`<div class="scroll"><table class="twin"><thead><tr><th>Percentile</th><th class="n">Before</th><th class="n">After</th><th class="n">Shift</th><th class="n">95 % interval</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function traces({ exemplars }: Finding, links: Links): Markup | null {
  const row = (name: string, ids: readonly string[]): Markup | null =>
    ids.length === 0
      ? null
      : markup`<dt>${name}</dt><dd>${ids.map((id, i) => markup`${i > 0 ? ' ' : ''}${trace(id, links)}`)}</dd>`;
  if (exemplars.baseline.length + exemplars.candidate.length === 0) return null;
  return markup`<details><summary>Traces to look at</summary><dl class="facts">${row('Before', exemplars.baseline)}${row('After', exemplars.candidate)}</dl></details>`;
}

function trace(id: string, { traceUrl }: Links): Markup {
  const shown = markup`<code>${id}</code>`;
  if (traceUrl === undefined || !/^https?:\/\//.test(traceUrl)) return shown;
  return markup`<a href="${traceUrl.replaceAll('{traceId}', encodeURIComponent(id.toWellFormed()))}">${shown}</a>`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '');
}
