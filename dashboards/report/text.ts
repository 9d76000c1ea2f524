/** The report for a terminal of about 100 columns. */
import type { Action, Lead, Report, Suspect } from '../../model.ts';
import { answers, countsSentence, isOutside, suspectName, suspectShare } from './answers.ts';
import { byEndpoint, type EndpointFindings } from './groups.ts';
import { LEADS_TITLE, leadStrength, leadsIntro } from './leads.ts';
import { cell, columns, hanging, heading, type Page, painter, wrap } from './terminal.ts';
import { endpointSection, inconclusiveSection, VERDICT_STYLES } from './text-findings.ts';
import {
  CONTROL_WORDS,
  clockTime,
  counted,
  endpointName,
  SEES,
  STATE_WORDS,
  VERDICT_WORDS,
  windowOf,
} from './words.ts';

/** `width` in columns, 80 at least. Control characters in names are shown, never sent to the terminal. */
export function renderText(report: Report, o: { readonly colour: boolean; readonly width: number }): string {
  const page: Page = { width: Math.max(80, o.width), paint: painter(o.colour) };
  const endpoints = byEndpoint(report.findings);
  const sections = [
    firstScreen(report, page),
    endpointSection(endpoints, 'regressed', page),
    suspectSection(report.suspects, page),
    leadSection(report.leads, page),
    actionSection(report.actions, page),
    endpointSection(endpoints, 'improved', page),
    inconclusiveSection(endpoints, page),
    unchangedSection(endpoints, page),
    basis(report, page),
  ];
  const lines = sections.filter((section) => section.length > 0).flatMap((section) => [...section, '']);
  return `${lines.slice(0, -1).join('\n')}\n`;
}

function firstScreen(report: Report, page: Page): readonly string[] {
  const { paint, width } = page;
  const verdict = VERDICT_WORDS[report.verdict].toUpperCase();
  const title = cell(`Hinge report: ${report.title}`, width - verdict.length - 2);
  return [
    `${paint('strong', title)}  ${paint(VERDICT_STYLES[report.verdict], verdict)}`,
    paint('muted', '─'.repeat(width)),
    ...wrap(report.headline, width).map((line) => paint('strong', line)),
    '',
    ...answers(report).flatMap(({ ask, say }) => hanging(`  ${cell(ask, 14)}`, say, width)),
  ];
}

function suspectSection(suspects: readonly Suspect[], page: Page): readonly string[] {
  if (suspects.length === 0) return [];
  return [
    heading('Suspects', page),
    ...suspects.flatMap((suspect) => suspectBlock(suspect, isOutside(suspect, suspects), page)),
  ];
}

function suspectBlock(suspect: Suspect, isForeign: boolean, { width, paint }: Page): readonly string[] {
  const outside = isForeign ? ' (not in the upgrade)' : '';
  const share = suspectShare(suspect);
  const head = `${cell(`${suspect.rank}`, 3, 'right')}  ${cell(suspectName(suspect) + outside, Math.min(48, width - 7 - columns(share)))}  ${share}`;
  const evidence = suspect.evidence.flatMap((line) => hanging('     · ', line, width));
  return [suspect.rank === 1 ? paint('strong', head) : head, ...evidence];
}

function leadSection(leads: readonly Lead[], { width, ...page }: Page): readonly string[] {
  if (leads.length === 0) return [];
  const blocks = leads.flatMap((lead) => {
    const strength = leadStrength(lead);
    const name = cell(suspectName(lead), Math.min(48, width - 7 - columns(strength)));
    const evidence = lead.evidence.flatMap((line) => hanging('     · ', line, width));
    return [`${cell(`${lead.rank}`, 3, 'right')}  ${name}  ${strength}`, ...evidence];
  });
  return [heading(LEADS_TITLE, { width, ...page }), ...hanging('  ', leadsIntro(leads), width), ...blocks];
}

function actionSection(actions: readonly Action[], page: Page): readonly string[] {
  if (actions.length === 0) return [];
  const lines = actions.flatMap((action) =>
    hanging(`  ${clockTime(action.atMs)}  ${cell(STATE_WORDS[action.state], 19)}`, action.text, page.width),
  );
  const flags = [...new Set(actions.map((action) => `${action.flag} (${action.environment})`))].join(', ');
  return [heading('What was done', page), ...hanging('  flag      ', flags, page.width), ...lines];
}

function unchangedSection(all: readonly EndpointFindings[], page: Page): readonly string[] {
  const names = all.filter((e) => e.verdict === 'unchanged').map((e) => `${e.service} ${endpointName(e)}`);
  if (names.length === 0) return [];
  return [
    heading('Unchanged', page),
    ...hanging('  ', names.join(', '), page.width).map((line) => page.paint('muted', line)),
  ];
}

function basis({ windows, health, control, findings, ...report }: Report, page: Page): readonly string[] {
  const rows: readonly (readonly [string, string])[] = [
    ['verdicts', countsSentence({ windows, health, control, findings, ...report })],
    ['baseline', `${windowOf(windows.baseline)}, ${counted(health.calls.baseline, 'call')}`],
    ['candidate', `${windowOf(windows.candidate)}, ${counted(health.calls.candidate, 'call')}`],
    ['control', CONTROL_WORDS[control]],
    ['read', `${counted(health.services, 'service')}, ${counted(health.endpoints, 'endpoint')}`],
    ['sees', SEES],
    ...health.notes.map((note) => ['note', note] as const),
  ];
  return [
    heading('What this rests on', page),
    ...rows.flatMap(([name, text]) => hanging(`  ${cell(name, 10)}`, text, page.width)),
  ];
}
