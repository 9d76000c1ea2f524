/** The report as Markdown for a pull request (GitHub's dialect). */
import type { Control, Finding, Report } from '../../model.ts';
import { printable } from '../charts/markup.ts';
import { answers, countsSentence, isOutside, suspectName, suspectShare } from './answers.ts';
import { byEndpoint, type EndpointFindings } from './groups.ts';
import { LEADS_TITLE, leadStrength, leadsIntro } from './leads.ts';
import {
  CONTROL_WORDS,
  changeOf,
  clockTime,
  counted,
  endpointName,
  formatValue,
  intervalOf,
  SEES,
  STATE_WORDS,
  signalName,
  sizes,
  VERDICT_WORDS,
  verdictOf,
  windowOf,
} from './words.ts';

export function renderMarkdown(report: Report): string {
  const endpoints = byEndpoint(report.findings);
  const regressed = endpoints.filter((endpoint) => endpoint.verdict === 'regressed');
  const rest = endpoints.filter((endpoint) => endpoint.verdict !== 'regressed');
  const blocks = [
    `## ${VERDICT_WORDS[report.verdict]}: ${prose(report.title)}`,
    `**${prose(report.headline)}**`,
    table(
      ['', ''],
      answers(report).map(({ ask, say }) => [`**${ask}**`, prose(say)]),
    ),
    ...(regressed.length === 0 ? [] : ['### What got worse', findingTable(regressed, report.control)]),
    ...suspects(report),
    ...leadList(report),
    ...actions(report),
    ...(rest.length === 0
      ? []
      : [folded(`${counted(rest.length, 'endpoint')} that did not regress`, findingTable(rest, report.control))]),
    folded('What this rests on', basis(report)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/**
 * Text that must be read, not acted on: no markup, no link, no mention, no reference to an issue, one line.
 * The word joiner after `@`, `#` and `://` is what keeps GitHub from linking them.
 */
export function prose(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/[<>&]/g, (c) => ENTITIES[c] ?? c)
    .replace(/^([-+=])|^(\d+)(?=[.)])/, (_, sign?: string, number?: string) => (sign ? `\\${sign}` : `${number}\\`))
    .replace(/[@#]|:(?=\/\/)|\bwww(?=\.)/gi, '$&\u2060');
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((name) => (NUMBERS.has(name) ? '---:' : '---'))), ...rows.map(line)].join('\n');
}

const NUMBERS = new Set(['Before', 'After', 'Change', '95 % interval']);

function findingTable(endpoints: readonly EndpointFindings[], control: Control): string {
  const rows = endpoints.flatMap((endpoint) => endpoint.findings.map((finding) => findingRow(finding, control)));
  return table(['Endpoint', 'Signal', 'Before', 'After', 'Change', '95 % interval', 'Verdict', 'Why'], rows);
}

function findingRow(finding: Finding, control: Control): readonly string[] {
  const { service, signal, baseline, candidate, ratio, interval, verdict } = finding;
  const strong = (text: string): string => (verdict === 'regressed' ? `**${text}**` : text);
  return [
    prose(`${service}: ${endpointName(finding)}`),
    prose(signalName(signal)),
    formatValue(signal, baseline),
    formatValue(signal, candidate),
    strong(changeOf(ratio)),
    intervalOf(interval),
    strong(verdictOf(finding)),
    prose(why(finding, control)),
  ];
}

/** The control is named where it is not the one of the report. */
function why(finding: Finding, control: Control): string {
  const { verdict, reason, exemplars } = finding;
  if (verdict === 'unchanged') return reason;
  const [trace] = verdict === 'regressed' ? exemplars.candidate : [];
  return [
    reason,
    sizes(finding),
    ...(finding.control === control ? [] : [CONTROL_WORDS[finding.control]]),
    ...(trace === undefined ? [] : [`trace ${trace}`]),
  ].join('; ');
}

function suspects({ suspects: list }: Report): readonly string[] {
  if (list.length === 0) return [];
  const items = list.map((suspect) => {
    const outside = isOutside(suspect, list) ? ' (not in the upgrade)' : '';
    const head = `${suspect.rank}. **${prose(suspectName(suspect))}**${outside} ${suspectShare(suspect)}`;
    return [head, ...suspect.evidence.map((line) => `   - ${prose(line)}`)].join('\n');
  });
  return ['### Which binary', items.join('\n')];
}

function leadList({ leads }: Report): readonly string[] {
  if (leads.length === 0) return [];
  const items = leads.map((lead) => {
    const head = `${lead.rank}. ${prose(suspectName(lead))}: ${leadStrength(lead)}`;
    return [head, ...lead.evidence.map((line) => `   - ${prose(line)}`)].join('\n');
  });
  return [`### ${LEADS_TITLE}`, leadsIntro(leads), items.join('\n')];
}

function actions({ actions: list }: Report): readonly string[] {
  if (list.length === 0) return [];
  const rows = list.map(({ atMs, flag, environment, state, text }) => [
    clockTime(atMs),
    prose(`${flag} (${environment})`),
    STATE_WORDS[state],
    prose(text),
  ]);
  return ['### What was done', table(['UTC', 'Flag', 'State', ''], rows)];
}

function basis(report: Report): string {
  const { windows, health, control } = report;
  return [
    countsSentence(report),
    `baseline ${windowOf(windows.baseline)}, ${counted(health.calls.baseline, 'call')}`,
    `candidate ${windowOf(windows.candidate)}, ${counted(health.calls.candidate, 'call')}`,
    `control: ${CONTROL_WORDS[control]}`,
    `read: ${counted(health.services, 'service')}, ${counted(health.endpoints, 'endpoint')}`,
    `sees: ${SEES}`,
    ...health.notes.map(prose),
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}

function folded(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}
