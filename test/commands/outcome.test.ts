import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../commands/outcome.ts';
import type { Action, JournalState } from '../../model.ts';

const actions = (flag: string, ...states: JournalState[]): Action[] =>
  states.map((state, index) => ({ atMs: index, flag, environment: 'production', state, text: '' }));

describe('what became of the flags', () => {
  it.each<[string, Action[], string]>([
    ['nothing was done', [], ''],
    ['watched', actions('f', 'OBSERVE'), ''],
    ['a dry run', actions('f', 'OBSERVE', 'CONFIRMED'), ''],
    ['turned off', actions('f', 'CONFIRMED', 'KILL'), ' f in production is being turned off.'],
    [
      'recovered',
      actions('f', 'CONFIRMED', 'KILL', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY', 'HOLD'),
      ' f in production was turned down, and the signal recovered.',
    ],
    [
      'recovered, and watched again',
      actions('f', 'KILL', 'HOLD', 'OBSERVE'),
      ' f in production was turned down, and the signal recovered.',
    ],
    [
      'better, and handed back without proof',
      actions('f', 'KILL', 'VERIFY_RECOVERY', 'HANDED_BACK', 'SUSPECT'),
      ' f in production was turned off; every objective is met, but not the level of the control.',
    ],
    [
      'in vain',
      actions('f', 'KILL', 'VERIFY_RECOVERY', 'EXHAUSTED'),
      ' f in production was turned off, which did not help.',
    ],
    [
      'two flags',
      [...actions('a', 'KILL'), ...actions('b', 'STEP_DOWN')],
      ' a in production is being turned off. b in production is being turned down.',
    ],
  ])('%s', (_, given, expected) => {
    expect(outcomeOf(given)).toBe(expected);
  });
});
