/** Routes of flags and of what the controller did. A person can always stop it; a flag goes up only by a person's word. */
import { z } from 'zod';
import type { ApiProviders } from './providers.ts';
import { type Reply, type Route, type RouteInput, route } from './route.ts';
import {
  actionSchema,
  type BrakeWay,
  brakeQuerySchema,
  flagSchema,
  flagStatesSchema,
  type ProposalChoice,
  proposalChoiceSchema,
} from './schemas.ts';

const STATES = { 'application/json': flagStatesSchema };

export function actionRoutes({ actions }: ApiProviders): readonly Route[] {
  const states = (): Reply => ({ body: { items: actions.states(), automation: actions.automation() } });
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
      summary: 'Every flag under control, its state, and what waits for people',
      status: 200,
      produces: STATES,
      handle: async () => states(),
    }),
    brake('stop', 'Stop all action at once', actions.stop, states),
    brake('resume', 'Lift the stop', actions.resume, states),
    word('hold', 'Keep the controller away from one flag', actions.hold, states),
    word('resume', 'Let the controller act on one flag again', actions.rearm, states),
    answer('approve', 'Approve the change that awaits it', actions.approve, states),
    answer('restore', 'Put a flag that was turned off in vain back as it was', actions.restore, states),
  ];
}

type Act = (actor: string, way: BrakeWay) => void;

function brake(name: 'stop' | 'resume', summary: string, act: Act, states: () => Reply): Route {
  return route({
    method: 'post',
    path: `/api/v1/${name}`,
    summary,
    query: brakeQuerySchema,
    status: 200,
    produces: STATES,
    handle: async ({ actor, query }: RouteInput<unknown, { way: BrakeWay }>) => {
      act(actor, query.way);
      return states();
    },
  });
}

/** One flag, one word. */
function word(
  name: 'hold' | 'resume',
  summary: string,
  act: (flag: string, actor: string) => Promise<void> | void,
  states: () => Reply,
): Route {
  return route({
    method: 'post',
    path: `/api/v1/flags/:flag/${name}`,
    summary,
    params: flagSchema,
    status: 200,
    produces: STATES,
    handle: async ({ params, actor }) => {
      await act(params.flag, actor);
      return states();
    },
  });
}

/** A person's answer to a proposal. */
function answer(
  name: 'approve' | 'restore',
  summary: string,
  act: (flag: string, actor: string, choice: ProposalChoice) => Promise<void>,
  states: () => Reply,
): Route {
  return route({
    method: 'post',
    path: `/api/v1/flags/:flag/${name}`,
    summary,
    params: flagSchema,
    body: proposalChoiceSchema,
    status: 200,
    produces: STATES,
    handle: async ({ params, body, actor }: RouteInput<{ flag: string }, unknown, ProposalChoice>) => {
      await act(params.flag, actor, body);
      return states();
    },
  });
}
