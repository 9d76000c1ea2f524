/** Findings on a terminal: a block an endpoint for what moved, a line for what cannot be told. */
import type { Finding, ShiftPoint, Verdict } from '../../model.ts';
import { percentile, shorten } from '../charts/format.ts';
import type { EndpointFindings } from './groups.ts';
import { cell, columns, hanging, heading, type Page, type Style } from './terminal.ts';
import {
  CONTROL_WORDS,
  changeOf,
  endpointName,
  formatValue,
  intervalOf,
  signalName,
  sizes,
  VERDICT_WORDS,
  verdictOf,
} from './words.ts';

export const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = {
  regressed: 'worse',
  improved: 'better',
  inconclusive: 'unsure',
  unchanged: 'muted',
};

const SPARKS = Array.from('▁▂▃▄▅▆▇█');

export function endpointSection(all: readonly EndpointFindings[], verdict: Verdict, page: Page): readonly string[] {
  const endpoints = all.filter((endpoint) => endpoint.verdict === verdict);
  if (endpoints.length === 0) return [];
  const blocks = endpoints.map((endpoint) => endpointBlock(endpoint, page));
  return [heading(VERDICT_WORDS[verdict], page), ...blocks.flatMap((block, i) => (i === 0 ? block : ['', ...block]))];
}

/** A line an endpoint: on real traffic many endpoints have too few calls, and they must not bury what regressed. */
export function inconclusiveSection(all: readonly EndpointFindings[], page: Page): readonly string[] {
  const endpoints = all.filter((endpoint) => endpoint.verdict === 'inconclusive');
  if (endpoints.length === 0) return [];
  const open = endpoints.map(({ findings }) => findings.filter((finding) => finding.verdict === 'inconclusive'));
  const names = endpoints.map((endpoint) => shortName(endpoint, page.width - ROOM));
  const width = Math.max(...names.map(columns));
  const rows = open.map((findings, i) => {
    const signals = findings.map(({ signal }) => signalName(signal).replace(' latency', '')).join(', ');
    return `  ${cell(names[i] ?? '', width)}  ${cell(signals, 15)}  ${seen(findings, page)}`.trimEnd();
  });
  return [heading(VERDICT_WORDS.inconclusive, page), ...rows];
}

/** Columns of a line beside the name of its endpoint. */
const ROOM = 35;

/** Cut in the middle: service and method stand at the ends. */
function shortName(endpoint: EndpointFindings, width: number): string {
  const service = shorten(endpoint.service, Math.floor(width / 2));
  return `${service}  ${shorten(endpointName(endpoint), Math.max(8, width - columns(service) - 2))}`;
}

/** The smallest change that any of the open tests would have shown. */
function seen(findings: readonly Finding[], page: Page): string {
  const smallest = Math.min(...findings.map(({ minimumDetectable }) => minimumDetectable ?? Number.POSITIVE_INFINITY));
  return page.paint('unsure', Number.isFinite(smallest) ? `sees ${changeOf(smallest)}` : 'too few calls');
}

function endpointBlock(endpoint: EndpointFindings, page: Page): readonly string[] {
  const { width, paint } = page;
  const curve = endpoint.verdict === 'regressed' ? spark(endpoint.shift) : '';
  const name = `${endpoint.service}  ${endpointName(endpoint)}`;
  const heading = curve === '' ? cell(name, width).trimEnd() : cell(name, width - columns(curve) - 2);
  const { worst } = endpoint;
  const why = `${worst.reason} (${sizes(worst)}; ${CONTROL_WORDS[worst.control]})`;
  return [
    `${paint('strong', heading)}${curve === '' ? '' : `  ${paint('muted', curve)}`}`,
    ...endpoint.findings.map((finding) => findingRow(finding, page)),
    ...hanging('  why     ', why, width).map((line) => paint('muted', line)),
    ...traces(worst)
      .flatMap((line) => hanging('  traces  ', line, width))
      .map((line) => paint('muted', line)),
  ];
}

/** Columns of a row beside the name of its signal; a wide page has room for what an inconclusive test would have seen. */
const ROW = 65;
const SEEN = 14;

function findingRow(finding: Finding, page: Page): string {
  const { signal, baseline, candidate, ratio, interval, verdict } = finding;
  const wide = page.width >= ROW + SEEN + 17;
  return [
    `  ${cell(signalName(signal), Math.min(30, page.width - ROW - (wide ? SEEN : 0)))}`,
    `${cell(formatValue(signal, baseline), 10, 'right')} → ${cell(formatValue(signal, candidate), 10)}`,
    ` ${cell(changeOf(ratio), 7, 'right')}  ${cell(intervalOf(interval), 16)}  `,
    page.paint(VERDICT_STYLES[verdict], wide ? verdictOf(finding) : verdict),
  ].join('');
}

function traces({ exemplars }: Finding): readonly string[] {
  const before = exemplars.baseline.slice(0, 1).map((id) => `before ${id}`);
  const after = exemplars.candidate.slice(0, 1).map((id) => `after ${id}`);
  const both = [...before, ...after];
  return both.length === 0 ? [] : [both.join('  ')];
}

/** The shift over the distribution in twelve blocks, stretched to the tail like the chart. */
function spark(points: readonly ShiftPoint[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const [low, high] = [Math.log(1 - first.p), Math.log(1 - last.p)];
  const shifts = Array.from({ length: 12 }, (_, i) => {
    const p = 1 - Math.exp(low + ((high - low) * i) / 11);
    const point = points.reduce((a, b) => (Math.abs(b.p - p) < Math.abs(a.p - p) ? b : a));
    return point.candidateNs - point.baselineNs;
  });
  const most = Math.max(...shifts);
  if (most <= 0) return '';
  const blocks = shifts.map((shift) => SPARKS[Math.max(0, Math.round((shift / most) * 7))] ?? '');
  return `${percentile(first.p)} ${blocks.join('')} ${percentile(last.p)}`;
}
