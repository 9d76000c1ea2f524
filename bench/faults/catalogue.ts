/** The faults, in the order in which they are tried. */

import { answerLost } from './answer-lost.ts';
import type { Fault } from './fault.ts';
import { killUnderLoad } from './kill-under-load.ts';
import { storeAway } from './store-away.ts';
import { storeSlow } from './store-slow.ts';

export const FAULTS: readonly Fault[] = [killUnderLoad, storeAway, storeSlow, answerLost];
