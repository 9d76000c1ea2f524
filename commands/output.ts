/** A report in the dress that was asked for, and the exit code that its verdict means. */

import { renderHtml } from '../dashboards/report/html.ts';
import { renderMarkdown } from '../dashboards/report/markdown.ts';
import { renderText } from '../dashboards/report/text.ts';
import type { Report } from '../model.ts';
import { EXIT, type Invocation } from './command.ts';
import { choice } from './words.ts';

const FORMATS = ['text', 'json', 'html', 'markdown'] as const;

export const OUTPUT_OPTIONS = { format: { type: 'string' }, 'fail-on': { type: 'string' } } as const;

export const OUTPUT_HELP = `      --format FORMAT text (default), json, html or markdown
      --fail-on WHAT  inconclusive (default): exit 1 when regressed, 3 when it cannot tell
                      regressed: exit 1 when regressed, else 0`;

/** Checks the output options before any work is done, and gives the function that prints. */
export function outputOf({ values, print, terminal }: Invocation): (report: Report) => number {
  const format = choice(values, 'format', FORMATS, 'text');
  const failOn = choice(values, 'fail-on', ['regressed', 'inconclusive'] as const, 'inconclusive');
  return (report) => {
    print(render(report, format, terminal));
    if (report.verdict === 'regressed') return EXIT.regressed;
    return report.verdict === 'inconclusive' && failOn === 'inconclusive' ? EXIT.inconclusive : EXIT.fine;
  };
}

function render(report: Report, format: (typeof FORMATS)[number], terminal: Invocation['terminal']): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'html':
      return renderHtml(report);
    case 'markdown':
      return renderMarkdown(report);
    case 'text':
      return renderText(report, terminal);
  }
}
