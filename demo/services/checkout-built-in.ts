/** Checkout as in the old release: the retry strategy is built in, and no flag is asked. */
import { runCheckout } from './checkout.ts';

await runCheckout({
  flags: { getVariant: () => ({ name: 'disabled', enabled: false }) },
  provider: 'built-in',
  close: async () => {},
});
