/** Replays a policy over one past upgrade: what it would have done and when, beside what the report says now. */

import type { AnalysisSettings } from '../../analysis/analyse.ts';
import { badShare } from '../../analysis/live/burn.ts';
import { HingeError } from '../../errors.ts';
import { type Behaviour, type Policy, policyOf } from '../../flags/behaviour.ts';
import { judgeReplay, type ReplayVerdict } from '../../flags/replay/verdict.ts';
import { walk } from '../../flags/replay/walk.ts';
import type { Report, Slo, TimeRange, Upgrade } from '../../model.ts';
import type { Readable } from '../../store/reader.ts';
import type { KnownUpgrades } from '../serve/upgrades.ts';
import { windowsOf } from '../windows.ts';
import { type AsOf, createAsOf } from './as-of.ts';
import { createPastSource } from './source.ts';

export interface ReplayOptions {
  readonly store: Readable;
  /** As people see them now. */
  readonly upgrades: KnownUpgrades;
  readonly settings: AnalysisSettings;
  readonly windowMs: number;
  readonly slotMs: number;
  readonly historyDays: number;
  /** How long after its end a slot counts as complete for the live test. */
  readonly settledMs: number;
  /** How often the controller looks. */
  readonly intervalMs: number;
}

export interface ReplayPolicy {
  readonly behaviours: readonly Behaviour[];
  readonly slos: readonly Slo[];
  /** An action longer than this after the first breach is late. */
  readonly lateMs: number;
}

export interface ReplayedBehaviour {
  readonly behaviour: string;
  readonly service: string;
  readonly flag: string;
  readonly environment: string;
  readonly actedMs: number | null;
  /** What it would have done; for one that did nothing, what it said last. */
  readonly text: string;
  readonly firstBreachMs: number | null;
  readonly verdict: ReplayVerdict;
  readonly because: string;
}

export interface ReplayedUpgrade {
  readonly upgrade: Pick<Upgrade, 'id' | 'name' | 'startedMs'>;
  readonly range: TimeRange;
  readonly report: Pick<Report, 'verdict' | 'conclusion' | 'headline'>;
  readonly items: readonly ReplayedBehaviour[];
}

/** The report is worked out anew this many times an upgrade: each reads far more than a look at the SLOs. */
const REPORTS = 30;

/** What happened in fact. */
interface Given {
  readonly baseline: TimeRange;
  /** From the start of the upgrade to the end of what its report compares, or to where a flag was turned down. */
  readonly range: TimeRange;
  readonly turnedDownMs: number | null;
}

async function givenOf({ store, upgrades, ...options }: ReplayOptions, upgrade: Upgrade): Promise<Given> {
  const { newestSpanMs } = await store.status();
  const lines = (await store.journal.read()).filter(({ upgradeId }) => upgradeId === upgrade.id);
  const turnedDownMs = lines.find(({ intent }) => intent !== '')?.atMs ?? null;
  const known = await upgrades.list();
  const { baseline, candidate } = windowsOf({ ...options, upgrade, upgrades: known, newestSpanMs, turnedDownMs });
  const range = { startMs: upgrade.startedMs, endMs: Math.max(upgrade.startedMs, candidate.endMs) };
  return { baseline, range, turnedDownMs };
}

/** The first look at which an SLO of the behaviour was missed over its shortest window. */
async function firstBreach(policy: Policy, asOf: AsOf, range: TimeRange, intervalMs: number): Promise<number | null> {
  const shortestMs = Math.min(...policy.burn.map(({ shortMs }) => shortMs));
  const series = await Promise.all(policy.slos.map((slo) => asOf.seriesOf(slo)));
  for (let nowMs = range.startMs; nowMs <= range.endMs; nowMs += intervalMs) {
    const isMissed = policy.slos.some(({ objective }, index) => {
      const counts = series[index]?.({ startMs: Math.max(range.startMs, nowMs - shortestMs), endMs: nowMs });
      return counts !== undefined && counts.total >= policy.minEvents && (badShare(counts) ?? 0) > 1 - objective;
    });
    if (isMissed) return nowMs;
  }
  return null;
}

/** Reads what the walk will look at, and walks. */
async function act(
  options: ReplayOptions,
  { behaviours, slos }: ReplayPolicy,
  policies: readonly Policy[],
  given: Given,
) {
  const { store, settings, windowMs, slotMs, historyDays, settledMs, intervalMs } = options;
  const { baseline, range } = given;
  const longestMs = Math.max(0, ...policies.flatMap(({ burn }) => burn.map(({ longMs }) => longMs)));
  const startMs = Math.min(baseline.startMs, Math.floor((range.startMs - longestMs) / slotMs) * slotMs);
  const time = { nowMs: range.startMs };
  const asOf = await createAsOf({ store, time, slotMs, range: { startMs, endMs: range.endMs } });
  const past = createPastSource({
    ...{ settings, windowMs, slotMs, historyDays, settledMs, store: asOf.store, time },
    services: policies.map(({ service }) => service),
    evidenceEveryMs: Math.max(intervalMs, (range.endMs - range.startMs) / REPORTS),
  });
  return { asOf, deeds: await walk({ behaviours, slos, ...past, time, range, intervalMs }) };
}

/** @throws HingeError NOT_FOUND for an upgrade that nobody started, CONFIG_INVALID for behaviours that contradict themselves */
export async function replayUpgrade(
  options: ReplayOptions,
  id: string,
  policy: ReplayPolicy,
): Promise<ReplayedUpgrade> {
  const { upgrades, intervalMs } = options;
  const upgrade = (await upgrades.list()).find((each) => each.id === id);
  if (upgrade === undefined) throw new HingeError('NOT_FOUND', `no upgrade ${id}; hinge upgrade list shows them`);
  const policies = policy.behaviours.map((behaviour) => policyOf(behaviour, policy.slos));
  const given = await givenOf(options, upgrade);
  const { range, turnedDownMs } = given;
  const { asOf, deeds } = await act(options, policy, policies, given);
  const report = await upgrades.report(id);
  const items = policies.map(async (each, index): Promise<ReplayedBehaviour> => {
    const { name, service, flag, environment } = each;
    const { actedMs = null, text = '' } = deeds[index] ?? {};
    const firstBreachMs = await firstBreach(each, asOf, range, intervalMs);
    const judged = judgeReplay({ service, actedMs, firstBreachMs, turnedDownMs, lateMs: policy.lateMs, report });
    return { behaviour: name, service, flag, environment, actedMs, text, firstBreachMs, ...judged };
  });
  const { verdict, conclusion, headline } = report;
  const { name, startedMs } = upgrade;
  return {
    ...{ upgrade: { id, name, startedMs }, range, report: { verdict, conclusion, headline } },
    items: await Promise.all(items),
  };
}
