/** Routes of the journal: every line as it was written, so that anybody can check the chain, and what it says of each change. */
import { z } from 'zod';
import type { ApiProviders } from './providers.ts';
import { type Route, route } from './route.ts';
import { journalEntrySchema, journalQuerySchema, outcomesSchema } from './schemas.ts';

export function journalRoutes(providers: ApiProviders): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/journal',
      summary: 'Lines of the journal after a number, in the order of the chain; none when that was the last',
      query: journalQuerySchema,
      status: 200,
      produces: { 'application/json': z.object({ items: z.array(journalEntrySchema) }) },
      handle: async ({ query }) => ({ body: { items: await providers.journal(query.after) } }),
    }),
    route({
      method: 'get',
      path: '/api/v1/flags/outcomes',
      summary: 'What became of each change, how fast, and how often it was wrong',
      status: 200,
      produces: { 'application/json': outcomesSchema },
      handle: async () => ({ body: await providers.outcomes() }),
    }),
  ];
}
