/** Behaviours of the configuration as the controller takes them: one for each environment, seconds as milliseconds. */

import type { Config } from '../../config.ts';
import type { Behaviour } from '../../flags/behaviour.ts';
import { defined } from '../defined.ts';

type Settings = Config['behaviours'][number];

const HOUR_MS = 3_600_000;

/**
 * The rules to act by where the behaviour has none of its own: 2 % of the budget spent in an hour, or 5 % in six (Google
 * SRE Workbook, chapter 5, table 5-8). With windows of 30 days these are 14.4 and 6.
 */
function burnOf({ burn, slos }: Settings, windowDays: ReadonlyMap<string, number>): NonNullable<Behaviour['burn']> {
  if (burn !== undefined) {
    return burn.map((rule) => ({
      longMs: rule.longSeconds * 1_000,
      shortMs: rule.shortSeconds * 1_000,
      rate: rule.rate,
    }));
  }
  // The longest window asks for the most: one rule serves all SLOs of the behaviour, and none of them too soon.
  const hours = 24 * Math.max(...slos.map((name) => windowDays.get(name) ?? 30));
  return [
    { longMs: HOUR_MS, shortMs: HOUR_MS / 12, rate: 0.02 * hours },
    { longMs: 6 * HOUR_MS, shortMs: HOUR_MS / 2, rate: (0.05 / 6) * hours },
  ];
}

function timesOf(settings: Settings) {
  const { recoveryWindowSeconds } = settings;
  return defined({
    cooldownMs: settings.cooldownSeconds * 1_000,
    publishedTimeoutMs: settings.publishedTimeoutSeconds * 1_000,
    recoveryTimeoutMs: settings.recoveryTimeoutSeconds * 1_000,
    exposureWindowMs: settings.exposureWindowSeconds * 1_000,
    staleMs: settings.staleSeconds * 1_000,
    recoveryWindowMs: recoveryWindowSeconds === undefined ? undefined : recoveryWindowSeconds * 1_000,
  });
}

export function behavioursOf({ behaviours, slos: all }: Pick<Config, 'behaviours' | 'slos'>): Behaviour[] {
  const windowDays = new Map(all.map((slo) => [slo.name, slo.windowDays]));
  return behaviours.flatMap((settings) => {
    const { name, service, flag, mode, slos, ladder, rolloutLadder, approvals, onNoRecovery } = settings;
    const { minEvents, goodLooks } = settings;
    const shared = {
      ...{ name, service, flag, mode, slos, ladder, rolloutLadder, approvals, onNoRecovery, minEvents, goodLooks },
      policy: settings.policy ?? (ladder.length > 0 ? ('tune' as const) : ('kill' as const)),
      burn: burnOf(settings, windowDays),
      ...timesOf(settings),
    };
    return settings.environments.map((environment) => ({ ...shared, environment }));
  });
}
