/** Routes of flags and of what the controller did. A person can always stop it; nothing here turns a flag up. */
import { z } from 'zod';
import type { ApiProviders } from './providers.ts';
import { type Reply, type Route, route } from './route.ts';
import { actionSchema, flagSchema, flagStatusSchema } from './schemas.ts';

const STATES = { 'application/json': z.object({ items: z.array(flagStatusSchema) }) };

export function actionRoutes({ actions }: ApiProviders): readonly Route[] {
  const states = (): Reply => ({ body: { items: actions.states() } });
  return [
    route({
      method: 'get',
      path: '/api/v1/actions',
      summary: 'What the controller did or would do, newest last',
      status: 200,
      produces: { 'application/json': z.object({ items: z.array(actionSchema) }) },
      handle: async () => ({ body: { items: actions.list() } }),
    }),
    route({
      method: 'get',
      path: '/api/v1/flags',
      summary: 'Every flag under control and its state',
      status: 200,
      produces: STATES,
      handle: async () => states(),
    }),
    route({
      method: 'post',
      path: '/api/v1/flags/:flag/hold',
      summary: 'Keep the controller away from one flag',
      params: flagSchema,
      status: 200,
      produces: STATES,
      handle: async ({ params }) => {
        await actions.hold(params.flag);
        return states();
      },
    }),
    brake('stop', 'Stop all action at once', () => actions.stop(), states),
    brake('resume', 'Let the controller act again', () => actions.resume(), states),
  ];
}

function brake(name: 'stop' | 'resume', summary: string, act: () => void, states: () => Reply): Route {
  return route({
    method: 'post',
    path: `/api/v1/${name}`,
    summary,
    status: 200,
    produces: STATES,
    handle: async () => {
      act();
      return states();
    },
  });
}
