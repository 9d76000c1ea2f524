/** The story: a shop is upgraded, its tail gets worse, Hinge finds out why, turns the flag down and proves the recovery. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, JournalState, Report } from '../model.ts';
import { UPGRADE_ORDER } from './fleet.ts';
import { REPORT_EXITS } from './hinge-process.ts';
import { describeTally, type Narrator } from './narrator.ts';
import { complaintsOf, type Outcome } from './outcome.ts';
import type { Stage, StageOptions } from './stage.ts';
import { tellReaction } from './tell-reaction.ts';
import { quantile, type Tally } from './traffic.ts';

export interface Ending {
  /** What went otherwise than it should; empty when the story went well. */
  readonly complaints: readonly string[];
  readonly reportFile: string;
  /** Address of the report's page. */
  readonly page: string;
}

/** The controller is done with the flag, for better or worse. */
const SETTLED: readonly JournalState[] = ['HOLD', 'EXHAUSTED', 'YIELDED', 'BLOCKED'];
const LOOK_MS = 1_000;
/** Telemetry of the last seconds is under way: batches in the services, slots in Hinge. */
const ARRIVAL_MS = 3_000;

const p95OfOrders = (tally: Tally): number => quantile(tally['POST /orders']?.latenciesMs ?? [], 0.95);

async function actionsOf(stage: Stage): Promise<readonly Action[]> {
  return (await stage.hinge.get<{ readonly items: readonly Action[] }>('/api/v1/actions')).items;
}

/** Tells of each new action until `isDone`, or until the time is over. */
async function watch(
  stage: Stage,
  { narrator, signal }: StageOptions,
  seconds: number,
  isDone: (actions: readonly Action[]) => boolean,
): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  let told = (await actionsOf(stage)).length;
  for (;;) {
    const actions = await actionsOf(stage);
    for (const { state, text } of actions.slice(told)) narrator.say(`controller ${state}: ${text}`);
    told = actions.length;
    if (isDone(actions) || performance.now() > deadline) return;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

function tellTally(narrator: Narrator, tally: Tally): void {
  for (const line of describeTally(tally)) narrator.say(line);
}

async function baseline(stage: Stage, { plan, narrator, signal }: StageOptions): Promise<Tally> {
  narrator.chapter(`Baseline: release ${stage.old.version} under ${plan.perSecond} requests a second`);
  await sleep(plan.warmUpSeconds * 1_000, undefined, { signal });
  stage.traffic.take();
  narrator.say(`customers are counted for ${plan.windowSeconds} s; open ${stage.hinge.url} to look on`);
  await sleep(plan.windowSeconds * 1_000, undefined, { signal });
  const tally = stage.traffic.take();
  tellTally(narrator, tally);
  return tally;
}

async function upgrade({ old, fresh, hinge, fleet }: Stage, { narrator }: StageOptions): Promise<void> {
  narrator.chapter(`Rolling upgrade to release ${fresh.version}`);
  const words = ['upgrade', 'start', '--name', `shop ${fresh.version}`, '--package', fresh.zip, '--previous', old.zip];
  narrator.say(`$ hinge ${words.join(' ')}`);
  narrator.say((await hinge.command(words)).trim());
  for (const service of UPGRADE_ORDER) {
    await fleet.roll(service, fresh);
    narrator.say(`${service}: three new instances, one after the other`);
  }
  narrator.say(`$ hinge upgrade finish`);
  narrator.say((await hinge.command(['upgrade', 'finish'])).trim());
}

const isTurnedDown = (actions: readonly Action[]): boolean => actions.some(({ state }) => state === 'VERIFY_PUBLISHED');
const isSettled = (actions: readonly Action[]): boolean => actions.some(({ state }) => SETTLED.includes(state));

async function candidate(stage: Stage, options: StageOptions): Promise<Tally> {
  const { plan, narrator, fault } = options;
  narrator.chapter(`Candidate: release ${stage.fresh.version}, same customers`);
  narrator.say(fault ? 'Hinge watches the error budgets and the upgrade' : 'there is nothing to find this time');
  stage.traffic.take();
  const patience = fault ? plan.actSeconds : plan.windowSeconds;
  await watch(stage, options, patience, (actions) => isTurnedDown(actions) || isSettled(actions));
  const tally = stage.traffic.take();
  tellTally(narrator, tally);
  return tally;
}

async function recovery(stage: Stage, options: StageOptions): Promise<Tally> {
  const { plan, narrator, signal } = options;
  narrator.chapter('Recovery: the flag is down, the binary stays');
  await sleep(ARRIVAL_MS, undefined, { signal });
  stage.traffic.take();
  await watch(stage, options, plan.recoverSeconds, isSettled);
  const tally = stage.traffic.take();
  tellTally(narrator, tally);
  return tally;
}

async function saveReport({ hinge }: Stage, folder: string): Promise<{ report: Report; reportFile: string }> {
  const report = JSON.parse(await hinge.command(['report', '--format', 'json'], REPORT_EXITS)) as Report;
  const reportFile = join(folder, 'report.html');
  await writeFile(reportFile, await hinge.command(['report', '--format', 'html'], REPORT_EXITS));
  await writeFile(join(folder, 'report.json'), JSON.stringify(report, null, 2));
  return { report, reportFile };
}

/** Plays the story on the stage. @throws the signal's reason when it is broken off */
export async function tellStory(stage: Stage, options: StageOptions): Promise<Ending> {
  const { narrator, fault, folder, signal } = options;
  const before = await baseline(stage, options);
  await upgrade(stage, options);
  const after = await candidate(stage, options);
  const settled = fault ? await recovery(stage, options) : after;
  await sleep(ARRIVAL_MS, undefined, { signal });
  narrator.chapter('Report');
  await tellReaction(stage.hinge, narrator);
  const { report, reportFile } = await saveReport(stage, folder);
  await stage.hinge.show(['report']);
  const outcome: Outcome = {
    fault,
    report,
    actions: await actionsOf(stage),
    flagIsOn: await stage.flagIsOn(),
    orderP95Ms: { baseline: p95OfOrders(before), candidate: p95OfOrders(after), recovered: p95OfOrders(settled) },
  };
  return { complaints: complaintsOf(outcome), reportFile, page: `${stage.hinge.url}/upgrades/latest` };
}
