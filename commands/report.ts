/** `hinge report`: what an upgrade did, from a running Hinge. */

import type { Report } from '../model.ts';
import { createClient, SERVER_HELP, SERVER_OPTIONS } from './client.ts';
import type { Command, Invocation } from './command.ts';
import { OUTPUT_HELP, OUTPUT_OPTIONS, outputOf } from './output.ts';

export const report: Command = {
  summary: 'what got worse since an upgrade, which binary did it, what was done, did it help',
  help: `hinge report [UPGRADE] [--format text|json|html|markdown] [--fail-on regressed|inconclusive]

UPGRADE is the id that hinge upgrade list shows; the latest when left out.

Options
${OUTPUT_HELP}
${SERVER_HELP}

Examples
  hinge report
  hinge report dten-7.2 --format html > report.html
  hinge report --format markdown --fail-on regressed`,
  options: { ...OUTPUT_OPTIONS, ...SERVER_OPTIONS },
  async run(invocation: Invocation) {
    const output = outputOf(invocation);
    const upgrade = encodeURIComponent(invocation.words[0] ?? 'latest');
    return output(await createClient(invocation).get<Report>(`/api/v1/upgrades/${upgrade}/report?format=json`));
  },
};
