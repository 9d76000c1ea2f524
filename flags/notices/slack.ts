/** A notice as text for Slack and what speaks its webhooks (Mattermost, Rocket.Chat, Discord's /slack): pure. */
import type { Figures, Notice, SloFigures } from './notice.ts';

/** The three characters that Slack asks to be escaped; names from telemetry can then neither link nor call a channel. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

function windowOf(seconds: number | null): string {
  if (seconds === null) return 'since the change';
  if (seconds < 120) return `in ${seconds} s`;
  return seconds < 7_200
    ? `in ${Number((seconds / 60).toFixed(1))} min`
    : `in ${Number((seconds / 3_600).toFixed(1))} h`;
}

function figuresIn({ windowSeconds, total, badShare, burnRate }: Figures): string {
  if (badShare === null) return `nothing seen ${windowOf(windowSeconds)}`;
  const burn = burnRate === null ? '' : `, burning ${Number(burnRate.toPrecision(3))} times too fast`;
  return `${percent(badShare)} of ${total} bad ${windowOf(windowSeconds)}${windowSeconds === null ? '' : burn}`;
}

function lineOf({ slo, objective, figures }: SloFigures): string {
  return `• ${escaped(slo)} (may be ${percent(1 - objective)}): ${figures.map(figuresIn).join('; ')}`;
}

/** `{ text }`, as incoming webhooks take it. */
export function slackOf({ data, timestamp }: Notice): { readonly text: string } {
  const { decision, flag, environment, text, slos, suspects, link, upgradeId } = data;
  const [first] = suspects;
  const lines = [
    `*${decision}* ${escaped(flag)} in ${escaped(environment)}, ${timestamp}`,
    escaped(text),
    ...slos.map(lineOf),
    ...(first === undefined ? [] : [`• first suspect: ${escaped(first.service)}`]),
    ...(link === null ? [] : [`<${link}|${upgradeId === null ? 'Hinge' : `Report of upgrade ${escaped(upgradeId)}`}>`]),
  ];
  return { text: lines.join('\n') };
}
