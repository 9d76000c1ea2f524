/** The route that gives what an SLO counted, second by second: for charts, and to check what was decided on it. */
import { z } from 'zod';
import type { ApiProviders } from './providers.ts';
import { type Route, type RouteInput, route } from './route.ts';

/** Each second is a row; the spans of the range are read for it. */
const MOST_MS = 6 * 3_600_000;

const sloPathSchema = z.object({ slo: z.string().min(1).describe('the name of an SLO of the configuration') });

const rangeQuerySchema = z
  .strictObject({ startMs: z.coerce.number().int().min(0), endMs: z.coerce.number().int().min(0) })
  .refine(({ startMs, endMs }) => endMs > startMs && endMs - startMs <= MOST_MS, {
    error: 'endMs must be later than startMs, by six hours at most',
  });
type RangeQuery = z.infer<typeof rangeQuerySchema>;

const secondsSchema = z
  .object({
    items: z.array(z.object({ atMs: z.number(), good: z.number(), total: z.number() })),
  })
  .describe('in order of time, by the start of the calls; seconds without calls are left out');

export function sloRoutes(providers: ApiProviders): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/slos/:slo/events',
      summary: 'Good and all events of an SLO, second by second',
      params: sloPathSchema,
      query: rangeQuerySchema,
      status: 200,
      produces: { 'application/json': secondsSchema },
      handle: async ({ params, query }: RouteInput<{ slo: string }, RangeQuery>) => ({
        body: { items: await providers.sloEvents(params.slo, query) },
      }),
    }),
  ];
}
