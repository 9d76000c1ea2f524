/** `hinge flags`: what the controller does with feature flags, and what people say to it. */

import { nearest } from '../config/nearest.ts';
import { HingeError } from '../errors.ts';
import { type Client, createClient, SERVER_HELP, SERVER_OPTIONS } from './client.ts';
import type { Command, Invocation } from './command.ts';
import { approve, hold, restore, resume, stop } from './flags/people.ts';
import { replay } from './flags/replay.ts';
import { status } from './flags/status.ts';
import { verify } from './flags/verify.ts';

const WORDS: Readonly<Record<string, (invocation: Invocation, client: Client) => Promise<number>>> = {
  ...{ status, approve, restore, hold, resume, stop, verify, replay },
};

export const flags: Command = {
  summary: 'what the controller does with flags; approve, hold one, stop all, resume',
  help: `hinge flags status              flags, their mode and state, what waits for people, and what was done
hinge flags approve FLAG        let the change that awaits approval be made
hinge flags restore FLAG        put a flag that was turned off in vain back as it was
hinge flags hold FLAG           no automatic change to this flag until hinge flags resume FLAG
hinge flags stop                no automatic change to any flag until hinge flags resume
hinge flags resume [FLAG]       lift the stop, or with FLAG the hold of that flag
hinge flags verify              check the chain of the journal; exit code 1 and the first line that does not fit
hinge flags replay --policy FILE [--since 30d] [--late 5]
                                what a policy would have done in past upgrades: right, late, wrong, missed

Each word stands in the journal under the name of the token in $HINGE_TOKEN, which needs the scope operate.
The file STOP in the data folder (flags.stopFile) stops as well, with no Hinge to answer.

Options
      --environment NAME  approve, restore: where the flag awaits people in several environments
      --proposal ID       approve, restore: this proposal and no later one (hinge flags status, /api/v1/flags)
      --last HASH         verify: a hash that it printed earlier, which must still be there
      --policy FILE       replay: slos and behaviours as in hinge.yaml
      --since SPAN        replay: upgrades that began within it, as in 12h, 30d or 2w
      --late MINUTES      replay: an action longer than this after the first breach is late
${SERVER_HELP}`,
  options: {
    ...{ environment: { type: 'string' }, proposal: { type: 'string' }, last: { type: 'string' } },
    ...{ policy: { type: 'string' }, since: { type: 'string' }, late: { type: 'string' } },
    ...SERVER_OPTIONS,
  },
  async run(invocation) {
    const [word = 'status'] = invocation.words;
    const act = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (act !== undefined) return act(invocation, createClient(invocation));
    const names = Object.keys(WORDS);
    throw new HingeError('USAGE', `unknown word ${word}${nearest(word, names)}: expected ${names.join(', ')}`);
  },
};
