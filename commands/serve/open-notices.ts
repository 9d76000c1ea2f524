/** The notices that the configuration asks for; their place is kept in the data folder. */

import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { createCursor, createNotices, type Notices } from '../../flags/notices.ts';
import type { Log } from '../../model.ts';
import { defined } from '../defined.ts';

export function openNotices({ data, api, notices }: Config, log: Log): Notices {
  return createNotices({
    targets: notices.map(defined),
    publicUrl: api.publicUrl,
    cursor: createCursor(join(data, 'notices.json'), log),
    clock: Date.now,
    log,
  });
}
