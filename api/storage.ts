/** The route that tells what the tables take on the disk. */
import type { ApiProviders } from './providers.ts';
import { type Route, route } from './route.ts';
import { storageSchema } from './schemas.ts';

export function storageRoutes(providers: ApiProviders): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/storage',
      summary: 'What each table takes on the disk, how fast it grows and how long it keeps its rows',
      status: 200,
      produces: { 'application/json': storageSchema },
      handle: async () => ({ body: await providers.storage() }),
    }),
  ];
}
