/** Inventory: whether a thing is in stock. */
import { runService } from './service.ts';

const OWN_WORK = { medianMs: 26, sigma: 0.35, slowShare: 0.01, slowMs: 30, maxMs: 250 };

await runService('inventory', ({ work }) => [
  {
    method: 'GET',
    route: '/stock/{sku}',
    async handle(path) {
      await work(OWN_WORK);
      return { status: 200, body: { sku: path[1], pieces: 7 } };
    },
  },
]);
