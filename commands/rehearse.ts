/** `hinge rehearse --dry`: what Hinge would see of an upgrade with your traffic and settings, how soon, and how often it would cry wolf. */

import { setImmediate } from 'node:timers/promises';
import { analyse } from '../analysis/analyse.ts';
import { HingeError } from '../errors.ts';
import { CHANGES } from '../rehearse/changes.ts';
import { type Judge, rehearse as rehearseAll } from '../rehearse/rehearsal.ts';
import { rehearseRemedies, remediesFor, weakest } from '../rehearse/remedies.ts';
import { settingsOf } from './assemble.ts';
import { type Command, EXIT, type Invocation } from './command.ts';
import { configOf } from './configure.ts';
import { createProgress } from './progress.ts';
import { helpWords, limitsOf } from './rehearse/help.ts';
import { MOST_RELEASES, planOf, REHEARSE_OPTIONS } from './rehearse/options.ts';
import { headOf, smallestFound, tableOf } from './rehearse/table.ts';

export const rehearse: Command = {
  summary: 'before an upgrade: what would be seen, how soon, and how many false alarms; --dry',
  help: `hinge rehearse --dry [--instances N] [--calls N] [--endpoints N] [--old-and-new together|before-after]

Draws releases of such traffic, with nothing changed and with changes of known size, and judges them
as hinge report would with your configuration (analysis.*). It touches no system and needs no server.

Options
      --dry            required: there is no rehearsal on real systems yet
      --instances N    of each service; five endpoints are a service (10)
      --calls N        an hour, to each endpoint (10000)
      --endpoints N    (5)
      --median-ms N    of their latency (20)
      --old-and-new    before-after (default): all instances are upgraded between the windows
                       together: half of them are, and both builds serve at once
      --history DAYS   earlier days with telemetry, up to analysis.historyDays (0)
      --daily-rise N   per cent by which latency is higher at 15:00 UTC than at 03:00 (0);
                       the upgrade is at 09:00, where it rises fastest
      --releases N     of each change (${MOST_RELEASES}; fewer by default where traffic is heavy)
      --seed N         the same seed gives the same bytes (1)
      --json           everything as JSON

Examples
  hinge rehearse --dry --instances 6 --calls 20000
  hinge rehearse --dry --old-and-new together --set analysis.windowMinutes=30
  hinge rehearse --dry --config hinge.yaml --daily-rise 30 --history 7 --json`,
  options: REHEARSE_OPTIONS,
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { values, print, say, signal } = invocation;
  if (values.dry !== true)
    throw new HingeError(
      'USAGE',
      'only the dry rehearsal exists: give --dry; a rehearsal on real systems may come later',
    );
  const config = configOf(invocation);
  const plan = planOf(values, config);
  const settings = settingsOf(config);
  const judge: Judge = (cells) => analyse({ ...cells, changed: [], settings, seed: 1 });

  await using progress = createProgress(invocation);
  const follow = <T>(what: string, releases: number, work: Generator<void, T>) =>
    worked(work, signal, (done) => progress.say(`${what}: ${done} of ${releases} releases`));
  const lines = await follow('rehearsing', CHANGES.length * plan.releases, rehearseAll(plan, judge));
  const weak = lines === null ? null : weakest(lines);
  const tried = remediesFor(plan.traffic).length * plan.releases;
  const helped =
    weak === null ? [] : await follow('trying what would help', tried, rehearseRemedies(plan, weak.change, judge));
  if (lines === null || helped === null) {
    say('hinge: the rehearsal was broken off');
    return EXIT.failed;
  }
  if (values.json === true) {
    const help = weak === null ? null : { change: weak.change, remedies: helped };
    print(`${JSON.stringify({ schema: 'hinge.rehearsal/1', ...plan, lines, help }, null, 2)}\n`);
    return EXIT.fine;
  }
  print(
    [headOf(plan), tableOf(lines), smallestFound(lines), helpWords(weak, helped), limitsOf(plan.traffic)].join('\n'),
  );
  return EXIT.fine;
}

/** Runs to the end, with a turn of the event loop after each release; null when it is broken off. */
async function worked<T>(
  work: Generator<void, T>,
  signal: AbortSignal,
  tell: (done: number) => void,
): Promise<T | null> {
  for (let done = 1; !signal.aborted; done++) {
    const step = work.next();
    if (step.done === true) return step.value;
    tell(done);
    await setImmediate();
  }
  return null;
}
