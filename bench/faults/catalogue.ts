/** The faults, in the order in which they are tried. */

import { answerLost } from './answer-lost.ts';
import { diskFull, readOnlyFolder } from './bad-disk.ts';
import type { Fault } from './fault.ts';
import { killAcrossDays } from './kill-across-days.ts';
import { killInMerge } from './kill-in-merge.ts';
import { killUnderLoad } from './kill-under-load.ts';
import { overload } from './overload.ts';
import { stopUnderLoad } from './stop-under-load.ts';
import { storeAway } from './store-away.ts';
import { storeSlow } from './store-slow.ts';
import { twoOnOneFolder } from './two-on-one-folder.ts';

export const FAULTS: readonly Fault[] = [
  killUnderLoad,
  killInMerge,
  stopUnderLoad,
  killAcrossDays,
  diskFull,
  readOnlyFolder,
  twoOnOneFolder,
  storeAway,
  storeSlow,
  answerLost,
  overload,
];
