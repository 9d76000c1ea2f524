/** The HTTP API: joins routes, checks, limits and problems into one Express application. */
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import type { Clock, Log } from '../model.ts';
import { actionRoutes } from './actions.ts';
import { guard } from './guard.ts';
import { journalRoutes } from './journal.ts';
import { openApi } from './openapi.ts';
import { operationRoutes } from './operations.ts';
import { pageRoutes } from './pages.ts';
import { checked, HttpFault, noRoute, problems } from './problem.ts';
import type { ApiProviders } from './providers.ts';
import { replayRoutes } from './replay.ts';
import { reportJsonSchema } from './report-schema.ts';
import { type Route, route } from './route.ts';
import { sloRoutes } from './slos.ts';
import { storageRoutes } from './storage.ts';
import { upgradeRoutes } from './upgrades.ts';

export type { ApiProviders } from './providers.ts';

export interface AppOptions {
  readonly providers: ApiProviders;
  readonly log: Log;
  readonly version: string;
  /** Names by which browsers may ask, beside addresses and names without a dot. */
  readonly allowedHosts?: readonly string[];
  /** Runs before every route but health and metrics: the place for tokens. Lets all pass unless given. */
  readonly authorise?: RequestHandler;
  /** Names who asks, from the `Authorization` header. All are one operator unless given. */
  readonly identify?: (authorization: string | undefined) => string;
  readonly clock?: Clock;
}

const BODY_LIMIT = '256kb';

/** Bind it to loopback unless `authorise` is given. Every answer that is not an error of the process has a schema. */
export function createApp(o: AppOptions): express.Express {
  const app = express();
  app.set('etag', 'strong');
  app.set('query parser', 'simple');
  app.use(secureHeaders());
  const identify = o.identify ?? (() => 'operator');
  mount(app, operationRoutes(o.providers, o.version), identify);
  app.use(guard(o.allowedHosts ?? []));
  if (o.authorise !== undefined) app.use(o.authorise);
  app.use(express.json({ limit: BODY_LIMIT }));
  const routes = allRoutes(o);
  mount(app, [...routes, ...describing(routes, o)], identify);
  app.use(noRoute);
  app.use(problems(o.log));
  return app;
}

function allRoutes({ providers, version, clock }: AppOptions): readonly Route[] {
  return [
    ...upgradeRoutes(providers),
    ...actionRoutes(providers),
    ...journalRoutes(providers),
    ...replayRoutes(providers),
    ...sloRoutes(providers),
    ...storageRoutes(providers),
    ...pageRoutes(providers, version, clock ?? Date.now),
  ];
}

/** Routes that describe the others. */
function describing(routes: readonly Route[], o: AppOptions): readonly Route[] {
  const document = openApi([...operationRoutes(o.providers, o.version), ...routes], o.version);
  const schema = reportJsonSchema();
  const json = { status: 200, produces: { 'application/json': z.looseObject({}) } };
  return [
    route({
      ...json,
      method: 'get',
      path: '/openapi.json',
      summary: 'This API',
      handle: async () => ({ body: document }),
    }),
    route({
      ...json,
      method: 'get',
      path: '/report.schema.json',
      summary: 'The schema of reports',
      handle: async () => ({ body: schema }),
    }),
  ];
}

function secureHeaders(): RequestHandler {
  const directives = {
    defaultSrc: ["'none'"],
    styleSrc: ["'unsafe-inline'"],
    imgSrc: ['data:'],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  };
  const headers = helmet({ contentSecurityPolicy: { useDefaults: false, directives } });
  return (request, response, next) => {
    response.set('Cache-Control', 'no-cache');
    headers(request, response, next);
  };
}

type Identify = NonNullable<AppOptions['identify']>;

function mount(app: express.Express, routes: readonly Route[], identify: Identify): void {
  for (const [path, group] of Map.groupBy(routes, ({ path }) => path)) {
    const place = app.route(path);
    for (const one of group) place[one.method](handler(one, identify));
    place.all(wrongMethod(group));
  }
}

function handler(one: Route, identify: Identify): RequestHandler {
  return async (request, response) => {
    if (one.body !== undefined && !request.is('application/json')) {
      throw new HttpFault(415, 'INPUT_UNSUPPORTED', 'send a body with Content-Type: application/json');
    }
    const input = {
      params: one.params && checked(one.params, request.params, 'path'),
      query: one.query && checked(one.query, request.query, 'query'),
      body: one.body && checked(one.body, request.body, 'body'),
      actor: identify(request.headers.authorization),
    };
    const reply = await one.handle(input);
    if (reply.location !== undefined) response.location(reply.location);
    response.status(reply.status ?? 200).type(reply.type ?? 'application/json');
    response.send(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  };
}

function wrongMethod(group: readonly Route[]): RequestHandler {
  const allowed = group
    .flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
    .join(', ');
  return (request, response) => {
    response.set('Allow', allowed);
    throw new HttpFault(
      405,
      'INPUT_UNSUPPORTED',
      `${request.path} does not take ${request.method}; it takes ${allowed}`,
    );
  };
}
