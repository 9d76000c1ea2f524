/** The route that replays a policy over a past upgrade. It writes nothing, and takes seconds: it walks through the hours of then. */
import type { ApiProviders } from './providers.ts';
import { type Route, route } from './route.ts';
import { replayedSchema, replaySchema, upgradeIdSchema } from './schemas.ts';

export function replayRoutes(providers: ApiProviders): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/upgrades/:id/replay',
      summary: 'What a policy would have done in an upgrade, beside what its report says',
      params: upgradeIdSchema,
      body: replaySchema,
      status: 200,
      produces: { 'application/json': replayedSchema },
      handle: async ({ params, body }) => ({ body: await providers.replay(params.id, body) }),
    }),
  ];
}
