/** Checkout: prices and reserves an order, then charges the card at the payment provider, with retries. */
import { randomUUID } from 'node:crypto';
import { createBackoff, type FlagReader, responseError } from '../../flags/backoff.ts';
import { call, exchange } from './http.ts';
import { RETRY_FLAG, STRATEGY_OF_OLD } from './retry-strategy.ts';
import { runService, type Surroundings } from './service.ts';

const OWN_WORK = { medianMs: 10, sigma: 0.3, slowShare: 0, slowMs: 0, maxMs: 60 };

/** Where the retry strategy comes from, and what to close at the end. */
export interface RetrySource {
  readonly flags: FlagReader;
  readonly provider: string;
  close(): Promise<void>;
}

function createCharge(source: RetrySource, { random }: Surroundings): () => Promise<unknown> {
  const payments = process.env.PAYMENTS_URL ?? '';
  const backoff = createBackoff({
    flag: RETRY_FLAG,
    flags: source.flags,
    provider: source.provider,
    defaults: STRATEGY_OF_OLD,
    random,
    onInvalid: (problems) => console.error(`${RETRY_FLAG} is not a retry policy: ${problems.join('; ')}`),
  });
  return () => {
    const key = randomUUID();
    return backoff.run(
      'charge card',
      async ({ headers, signal }) => {
        const sent = { ...headers, 'idempotency-key': key };
        const answer = await exchange({ method: 'POST', url: `${payments}/charges`, headers: sent, signal });
        if (answer.status >= 400) throw responseError(answer);
        return answer;
      },
      { peer: 'payments' },
    );
  };
}

async function placeOrder({ peer, work }: Surroundings, charge: () => Promise<unknown>): Promise<void> {
  await work(OWN_WORK);
  await Promise.all([
    call('pricing', '/prices/{sku}', { method: 'GET', url: `${peer('pricing')}/prices/order` }),
    call('inventory', '/stock/{sku}', { method: 'GET', url: `${peer('inventory')}/stock/order` }),
  ]);
  await charge();
}

export async function runCheckout(source: RetrySource): Promise<void> {
  await runService(
    'checkout',
    (surroundings) => {
      const charge = createCharge(source, surroundings);
      const handle = async () => {
        await placeOrder(surroundings, charge);
        return { status: 201, body: { ordered: true } };
      };
      return [{ method: 'POST', route: '/orders', handle }];
    },
    () => source.close(),
  );
}
