/** A rehearsal that is broken off says so and prints nothing. */

import { expect, it } from 'vitest';
import { rehearse } from '../../../commands/rehearse.ts';

it('ends at once, with the exit code of a run that failed', async () => {
  const [printed, said]: [string[], string[]] = [[], []];
  const code = await rehearse.run({
    ...{ words: [], values: { dry: true }, environment: {}, terminal: { colour: false, width: 100 } },
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
    signal: AbortSignal.abort('SIGINT'),
  });
  expect({ code, printed, said }).toEqual({ code: 4, printed: [], said: ['hinge: the rehearsal was broken off'] });
});
