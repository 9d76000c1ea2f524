/** Behaviours of the configuration as the controller takes them: seconds become milliseconds. */

import type { Config } from '../../config.ts';
import type { Behaviour } from '../../flags/behaviour.ts';

export function behavioursOf(config: Config): Behaviour[] {
  return config.behaviours.map((behaviour) => {
    const { name, service, flag, environment, mode, slos, ladder, minEvents, goodLooks } = behaviour;
    const { recoveryWindowSeconds } = behaviour;
    return {
      ...{ name, service, flag, environment, mode, slos, ladder, minEvents, goodLooks },
      cooldownMs: behaviour.cooldownSeconds * 1_000,
      publishedTimeoutMs: behaviour.publishedTimeoutSeconds * 1_000,
      recoveryTimeoutMs: behaviour.recoveryTimeoutSeconds * 1_000,
      exposureWindowMs: behaviour.exposureWindowSeconds * 1_000,
      staleMs: behaviour.staleSeconds * 1_000,
      ...(recoveryWindowSeconds === undefined ? {} : { recoveryWindowMs: recoveryWindowSeconds * 1_000 }),
      burn: behaviour.burn.map((rule) => ({
        longMs: rule.longSeconds * 1_000,
        shortMs: rule.shortSeconds * 1_000,
        rate: rule.rate,
      })),
    };
  });
}
