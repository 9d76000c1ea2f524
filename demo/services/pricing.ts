/** Pricing: what a thing costs today. */
import { runService } from './service.ts';

const OWN_WORK = { medianMs: 22, sigma: 0.35, slowShare: 0.01, slowMs: 30, maxMs: 250 };

await runService('pricing', ({ work }) => [
  {
    method: 'GET',
    route: '/prices/{sku}',
    async handle(path) {
      await work(OWN_WORK);
      return { status: 200, body: { sku: path[1], cents: 4_200 } };
    },
  },
]);
