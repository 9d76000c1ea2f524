/** What speaks for a service being the cause: charges in several channels, each in its own unit. */

import { mean, quantile, sum } from 'simple-statistics';

/**
 * `time` and `calls` are nanoseconds per request of the root endpoint, `errors` and `retries` are excess calls. `pattern` and
 * `answer` are calls too many or too few: by the caller's own doing, or because of what a callee answers.
 */
export type Channel = 'time' | 'calls' | 'errors' | 'retries' | 'pattern' | 'answer';

/** In the order in which evidence is told. */
export const CHANNELS: readonly Channel[] = ['time', 'calls', 'retries', 'errors', 'pattern', 'answer'];

export interface Charge {
  readonly service: string;
  readonly channel: Channel;
  readonly amount: number;
  /** The amount in bootstrap draws; empty where it is taken as it is. */
  readonly draws: readonly number[];
  /** Whether a test stands behind it. */
  readonly significant: boolean;
  /** Of that test, two-sided; null where there is none. */
  readonly p: number | null;
  readonly text: string;
}

/** Channels that are shares of one whole. */
const WHOLES: readonly (readonly Channel[])[] = [['time', 'calls'], ['errors'], ['retries'], ['pattern', 'answer']];

export interface ShareOfBlame {
  readonly share: number;
  /** 95 %, by bootstrap; null where no charge was drawn. */
  readonly interval: readonly [number, number] | null;
}

/** Part of the whole that a service explains: the mean over the wholes that regressed. Only what got worse counts. */
export function sharesOf(charges: readonly Charge[], draws: number): Map<string, ShareOfBlame> {
  const wholes = WHOLES.map((channels) => charges.filter(({ channel }) => channels.includes(channel))).filter((whole) =>
    whole.some(({ amount }) => amount > 0),
  );
  const services = [...new Set(charges.map(({ service }) => service))].sort();
  const estimate = meanShares(wholes, services, (charge) => charge.amount);
  const drawn = charges.some((charge) => charge.draws.length > 0);
  const samples = Array.from({ length: draws }, (_, draw) =>
    meanShares(wholes, services, (charge) => charge.draws[draw] ?? charge.amount),
  );
  return new Map(
    services.map((service): [string, ShareOfBlame] => {
      const shares = samples.map((sample) => sample.get(service) ?? 0);
      const interval = drawn ? ([quantile(shares, 0.025), quantile(shares, 0.975)] as const) : null;
      return [service, { share: estimate.get(service) ?? 0, interval }];
    }),
  );
}

function meanShares(
  wholes: readonly (readonly Charge[])[],
  services: readonly string[],
  amountOf: (charge: Charge) => number,
): Map<string, number> {
  const shares = wholes.map((whole) => shareInWhole(whole, amountOf));
  return new Map(
    services.map((service) => [
      service,
      shares.length === 0 ? 0 : mean(shares.map((share) => share.get(service) ?? 0)),
    ]),
  );
}

function shareInWhole(whole: readonly Charge[], amountOf: (charge: Charge) => number): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const charge of whole) amounts.set(charge.service, (amounts.get(charge.service) ?? 0) + amountOf(charge));
  const total = sum([...amounts.values()].map((amount) => Math.max(0, amount)));
  return new Map([...amounts].map(([service, amount]) => [service, total > 0 ? Math.max(0, amount) / total : 0]));
}
