/** Readings, policies and flags as tests want them: all well unless said otherwise. */

import { type Behaviour, type Policy, policyOf } from '../../flags/behaviour.ts';
import type { FlagEvent, FlagSnapshot } from '../../flags/port.ts';
import type {
  ControlKind,
  ControlReading,
  FlagReading,
  Readings,
  SloReading,
  UpgradeEvidence,
} from '../../flags/readings.ts';
import type { EventCounts, Finding, Slo, Suspect } from '../../model.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const MINUTE = 60_000;

export const SLO: Slo = {
  name: 'checkout-latency',
  service: 'checkout',
  indicator: 'latency',
  thresholdMs: 300,
  objective: 0.99,
};

export const LADDER = ['{"baseMs":5}', '{"baseMs":50}', '{"baseMs":500}'];

export const BEHAVIOUR: Behaviour = {
  name: 'checkout retries',
  service: 'checkout',
  flag: 'checkout.retry',
  environment: 'production',
  mode: 'act',
  slos: [SLO.name],
  burn: [{ longMs: 60_000, shortMs: 10_000, rate: 10 }],
  cooldownMs: 30 * MINUTE,
  recoveryTimeoutMs: 10 * MINUTE,
};

export const policy = (more: Partial<Behaviour> = {}): Policy => policyOf({ ...BEHAVIOUR, ...more }, [SLO]);

const counts = (bad: number, total = 1_000): EventCounts => ({ good: total - Math.round(bad * total), total });

export function slo(
  badLong: number,
  badShort: number,
  more: { total?: number; recovery?: EventCounts | null } = {},
): SloReading {
  const { total = 1_000, recovery = null } = more;
  const rule = { longMs: 60_000, shortMs: 10_000, rate: 10 };
  const rules = [{ rule, long: counts(badLong, total), short: counts(badShort, total) }];
  return { slo: SLO.name, objective: SLO.objective, rules, recovery };
}

export const HEALTHY = [slo(0.002, 0.002)];
export const BURNING = [slo(0.2, 0.3)];

export const recovered = (bad: number, total = 1_000): SloReading[] => [
  slo(0.2, bad, { recovery: counts(bad, total) }),
];

/** A control of many events, with no tolerance but chance. */
export const controlReading = (kind: ControlKind, bad: number, control: number): ControlReading => ({
  ...{ kind, changed: counts(bad), beyond: counts(bad), control: counts(control, 10_000), tolerated: control },
});

export const suspect = (service: string, more: Partial<Suspect> = {}): Suspect => ({
  rank: 1,
  service,
  from: 'v1',
  to: 'v2',
  changed: true,
  share: 0.8,
  interval: [0.6, 0.9],
  evidence: [],
  ...more,
});

export const finding = (more: Partial<Finding> = {}): Finding => ({
  service: 'checkout',
  endpoint: 'POST /pay',
  kind: 'SERVER',
  peer: '',
  signal: 'latency.p99',
  verdict: 'regressed',
  control: 'concurrent',
  baseline: 1e8,
  candidate: 3e8,
  ratio: 3,
  interval: [2.5, 3.5],
  p: 1e-6,
  q: 1e-5,
  calls: { baseline: 1_000, candidate: 1_000 },
  instances: { baseline: 3, candidate: 3 },
  minimumDetectable: 1.1,
  confidence: 'high',
  conclusive: true,
  reason: '',
  exemplars: { baseline: [], candidate: [] },
  shift: [],
  ...more,
});

export const upgrade = (more: Partial<UpgradeEvidence> = {}): UpgradeEvidence => ({
  upgradeId: 'u1',
  changed: ['checkout', 'cart'],
  suspects: [],
  findings: [],
  ...more,
});

export const snapshot = (more: Partial<FlagSnapshot> = {}): FlagSnapshot => ({
  flag: BEHAVIOUR.flag,
  environment: BEHAVIOUR.environment,
  enabled: true,
  archived: false,
  strategies: [
    {
      id: 's1',
      name: 'flexibleRollout',
      enabled: true,
      rollout: '100',
      variants: [{ name: 'v2', payload: LADDER[0] ?? '' }],
    },
  ],
  tags: ['simple:hinge-managed'],
  newestEventId: 10,
  newestActor: 'admin',
  ...more,
});

export const event = (id: number, ours: boolean, type = 'feature-environment-disabled'): FlagEvent => ({
  id,
  type,
  atMs: NOW,
  actor: ours ? 'hinge-bot' : 'ada',
  ours,
});

export const known = (changes: readonly FlagEvent[] = [], more: Partial<FlagSnapshot> = {}): FlagReading => ({
  kind: 'known',
  snapshot: snapshot({ newestEventId: changes.at(-1)?.id ?? 10, ...more }),
  changes,
});

export const readings = (more: Partial<Readings> = {}): Readings => ({
  newestDataMs: NOW - 1_000,
  slos: HEALTHY,
  exposure: { exposed: 3, instances: 3 },
  evidence: upgrade(),
  live: null,
  flag: known(),
  published: null,
  held: false,
  environment: { changes: 0, breaching: 1 },
  ...more,
});
