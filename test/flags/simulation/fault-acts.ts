/** What breaks: the network, the journal, telemetry, the services themselves; and what is deployed. */
import type { Act } from './act.ts';
import type { World } from './world.ts';

export const network: Act = ({ server, random }) => {
  server.network = random.pick(['up', 'flaky', 'flaky', 'flaky', 'down', 'refusing']);
};

export const journal: Act = ({ store, random }) => {
  store.state = random.pick(['up', 'up', 'flaky', 'down']);
};

export const fault: Act = ({ telemetry, random }) => {
  const service = random.pick(telemetry.services as [(typeof telemetry.services)[0], ...typeof telemetry.services]);
  service.fault = random.pick(['none', 'flag', 'flag', 'flag', 'elsewhere']);
  service.control = random.pick(['none', 'like', 'better']);
  telemetry.note();
};

export const storm: Act = ({ telemetry, random }) => {
  const kind = random.pick(['none', 'flag', 'elsewhere'] as const);
  for (const service of telemetry.services) service.fault = kind;
  telemetry.note();
};

/** Back and forth around the threshold. */
export const flap: Act = (world) => {
  for (let times = 0; times < 6; times++) world.time.after(times * world.random.int(2_000, 40_000), () => fault(world));
};

export const data: Act = ({ telemetry, random, time }) => {
  telemetry.silentSinceMs = random.chance(0.4) ? time.now() : null;
  telemetry.perSecond = random.pick([20, 20, 0.2]);
  telemetry.skewMs = random.pick([0, 0, -20_000, 55_000, 600_000, -600_000]);
  telemetry.isAway = random.chance(0.2);
  telemetry.note();
};

export const report: Act = ({ telemetry, random }) => {
  telemetry.report = random.pick([
    ...(['empty', 'empty', 'empty', 'blames-all', 'suspicion'] as const),
    ...(['blames-another', 'external', 'not-changed', 'no-upgrade'] as const),
  ] as [typeof telemetry.report, ...(typeof telemetry.report)[]]);
};

export function upgrade({ telemetry, random }: World): void {
  telemetry.upgradeId = `u${random.int(1, 9)}`;
}

/** All faults end; what people said stays. */
export const heal: Act = (world) => {
  const { server, store, telemetry, leases } = world;
  server.network = 'up';
  store.state = 'up';
  if (leases !== null) leases.isDown = false;
  Object.assign(telemetry, { silentSinceMs: null, perSecond: 20, skewMs: 0, isAway: false });
  telemetry.note();
};
