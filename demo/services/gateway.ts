/** The gateway: what customers reach. */
import { call } from './http.ts';
import { runService, type Surroundings } from './service.ts';

const OWN_WORK = { medianMs: 6, sigma: 0.3, slowShare: 0, slowMs: 0, maxMs: 40 };

async function browse({ peer, work }: Surroundings, sku: string): Promise<unknown> {
  await work(OWN_WORK);
  const [price, stock] = await Promise.all([
    call('pricing', '/prices/{sku}', { method: 'GET', url: `${peer('pricing')}/prices/${sku}` }),
    call('inventory', '/stock/{sku}', { method: 'GET', url: `${peer('inventory')}/stock/${sku}` }),
  ]);
  return { sku, price, stock };
}

async function order({ peer, work }: Surroundings): Promise<unknown> {
  await work(OWN_WORK);
  return call('checkout', '/orders', { method: 'POST', url: `${peer('checkout')}/orders` });
}

await runService('gateway', (surroundings) => [
  {
    method: 'GET',
    route: '/catalog/{sku}',
    handle: async (path) => ({ status: 200, body: await browse(surroundings, path[1] ?? '') }),
  },
  { method: 'POST', route: '/orders', handle: async () => ({ status: 201, body: await order(surroundings) }) },
]);
