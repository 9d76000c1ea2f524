/** Routes for those who run Hinge: health, readiness, metrics. */
import { z } from 'zod';
import type { ApiProviders } from './providers.ts';
import { type Route, route } from './route.ts';
import { readinessSchema } from './schemas.ts';

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

export function operationRoutes(providers: ApiProviders, version: string): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      summary: 'Whether the process is alive',
      status: 200,
      produces: { 'application/json': z.object({ status: z.literal('ok'), version: z.string() }) },
      handle: async () => ({ body: { status: 'ok', version } }),
    }),
    route({
      method: 'get',
      path: '/readyz',
      summary: 'Whether Hinge can do its work; 503 and the reasons when not',
      status: 200,
      produces: { 'application/json': readinessSchema },
      handle: async () => {
        const readiness = await providers.ready();
        return { body: readiness, status: readiness.ready ? 200 : 503 };
      },
    }),
    route({
      method: 'get',
      path: '/metrics',
      summary: 'Metrics of Hinge itself, for Prometheus',
      status: 200,
      produces: { [PROMETHEUS]: null },
      handle: async () => ({ body: await providers.metrics(), type: PROMETHEUS }),
    }),
  ];
}
