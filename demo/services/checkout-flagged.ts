/** Checkout as in the new release: Unleash chooses the retry strategy; the old one rules while the flag is off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemStorageProvider, initialize } from 'unleash-client';
import { unleashFlags } from '../../flags/backoff.ts';
import { runCheckout } from './checkout.ts';

/** Without an answer of Unleash by then, orders are taken all the same, under the old strategy. */
const FIRST_ANSWER_MS = 3_000;

const client = initialize({
  url: `${process.env.UNLEASH_URL}/api`,
  appName: 'checkout',
  instanceId: process.env.SERVICE_INSTANCE ?? 'checkout',
  customHeaders: { Authorization: process.env.UNLEASH_TOKEN ?? '' },
  refreshInterval: 1_000,
  disableMetrics: true,
  storageProvider: new InMemStorageProvider(),
});
const flags = unleashFlags(client);
const synchronized = new Promise<void>((resolve) => client.once('synchronized', resolve));
await Promise.race([synchronized, sleep(FIRST_ANSWER_MS)]);
await runCheckout({ flags, provider: 'unleash', close: () => client.destroyWithFlush() });
