/** How long each part of the demo takes, how much traffic it sees, and how Hinge is configured for it. Pure. */
import type { HingePorts } from './hinge-process.ts';
import { RETRY_FLAG } from './services/retry-strategy.ts';
import { ORDER_SHARE } from './traffic.ts';

export const ENVIRONMENT = 'production';

export interface Plan {
  /** Requests a second: three orders to two catalog visits. */
  readonly perSecond: number;
  /** Traffic before the baseline counts: pools fill, programs get compiled. */
  readonly warmUpSeconds: number;
  /** Length of the baseline, and of the candidate at most. */
  readonly windowSeconds: number;
  /** Windows of the burn rate. The long one must half fill with the fault before the flag is turned down: the report's candidate. */
  readonly burnSeconds: { readonly long: number; readonly short: number };
  /** Bounds of the waits, from the end of the upgrade and from the change of the flag. */
  readonly actSeconds: number;
  readonly recoverSeconds: number;
}

export const FULL: Plan = {
  perSecond: 100,
  warmUpSeconds: 10,
  windowSeconds: 60,
  burnSeconds: { long: 100, short: 20 },
  actSeconds: 120,
  recoverSeconds: 120,
};

export const FAST: Plan = {
  perSecond: 100,
  warmUpSeconds: 4,
  windowSeconds: 30,
  burnSeconds: { long: 60, short: 10 },
  actSeconds: 120,
  recoverSeconds: 120,
};

/** What the payment provider allows, in charges for each order: room for retries, not for a storm of them. */
const CHARGES_PER_ORDER = 1.5;

export const chargesPerSecond = (plan: Plan): number => plan.perSecond * ORDER_SHARE * CHARGES_PER_ORDER;

export interface Surroundings {
  readonly dataFolder: string;
  readonly ports: HingePorts;
  readonly unleash: { readonly url: string; readonly token: string; readonly backendToken: string };
}

/** The configuration of Hinge, as a person would write it. */
export function hingeYaml(plan: Plan, { dataFolder, ports, unleash }: Surroundings): string {
  return `# Hinge watches the shop.
data: ${JSON.stringify(dataFolder)}
collector: { port: ${ports.otlp}, grpcPort: null }
api: { port: ${ports.api} }

# Minutes in place of hours: the upgrade is small and the story short.
store: { slotSeconds: 5, sealDelaySeconds: 3, horizonSeconds: 10, durability: fast }
analysis:
  windowMinutes: ${plan.windowSeconds / 60}
  warmupSeconds: 0 # instances take their first calls before they are put into service
  # The shop shares its processors with everything else on this machine: what is smaller than this is not the upgrade's.
  floorMs: 25
  tolerances: { p50: 0.15, p95: 0.2, p99: 0.3, p999: 0.5 }
controller: { intervalSeconds: 2 }

unleash:
  url: ${unleash.url}
  token: ${JSON.stringify(unleash.token)}
  backendToken: ${JSON.stringify(unleash.backendToken)}

slos:
  - { name: orders in time, service: checkout, endpoint: POST /orders, indicator: latency, thresholdMs: 250, objective: 0.97 }
  - { name: charges at the first attempt, service: checkout, endpoint: charge card, indicator: retries, objective: 0.95 }

behaviours:
  - name: retry strategy of the checkout
    service: checkout
    flag: ${RETRY_FLAG}
    environments: [${ENVIRONMENT}]
    mode: act
    slos: [orders in time, charges at the first attempt]
    burn: [{ longSeconds: ${plan.burnSeconds.long}, shortSeconds: ${plan.burnSeconds.short}, rate: 2.5 }]
    cooldownSeconds: 600
    exposureWindowSeconds: 10
    recoveryTimeoutSeconds: ${plan.recoverSeconds}
`;
}
