/** The table of a run, as Markdown. */

import type { Fault, Outcome } from './fault.ts';

export function headOf(seed: number): string {
  return `Seed ${seed}.\n\n| # | fault | expected | measured | result |\n|---|---|---|---|---|`;
}

export function rowOf({ number, title, expected }: Fault, { figures, broken, skipped }: Outcome): string {
  const result = skipped ?? (broken.length === 0 ? 'ok' : `BROKEN: ${broken.join('; ')}`);
  const cells = [String(number), title, expected, figures.join('; '), result];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
}
