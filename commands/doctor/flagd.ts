/** Whether the flagd file can be read and holds the flags that behaviours name. */

import type { Config } from '../../config.ts';
import { counted } from '../../dashboards/report/words.ts';
import { createFlagd } from '../../flags/flagd/flagd.ts';
import type { Log } from '../../model.ts';
import type { Outcome } from './outcome.ts';

export async function flagdCheck({ flagd, behaviours }: Config, log: Log): Promise<Outcome> {
  if (flagd === undefined) return { state: 'ok', text: 'not configured' };
  const { file, environment } = flagd;
  const port = createFlagd({ path: file, environment, clock: Date.now, log });
  for (const { flag } of behaviours) await port.snapshot(flag, environment);
  return { state: 'ok', text: `${file} is the flags of ${environment}; ${counted(behaviours.length, 'flag')} read` };
}
