/** A Hinge with tokens, as people run it: who may send, ask and act, and what the others are told. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../tokens.ts';
import { hinge, type RunningHinge, scratchFolder, serveHinge } from '../support/hinge.ts';

const folder = scratchFolder();
const tokens = new Map<Scope, string>();
let running: RunningHinge;

beforeAll(async () => {
  const lines: string[] = [];
  for (const scope of ['ingest', 'read', 'operate'] as const) {
    const { code, out, err } = await hinge(['token', scope, '--scope', scope]);
    expect(code).toBe(0);
    tokens.set(scope, out.trim());
    lines.push(...err.split('\n').filter((line) => /^ {2}/.test(line)));
  }
  const settings = 'collector: { port: 0, grpcPort: null }\napi: { port: 0 }\n';
  const config = folder.write('hinge.yaml', `data: ${folder.path}/data\n${settings}tokens:\n${lines.join('\n')}\n`);
  running = await serveHinge(['--config', config]);
});

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const bearer = (scope: Scope | 'none'): Record<string, string> =>
  scope === 'none' ? {} : { authorization: `Bearer ${tokens.get(scope)}` };

describe('who may do what', () => {
  const routes = {
    'send traces': ['POST', () => `${running.otlpUrl}/v1/traces`],
    'see upgrades': ['GET', () => `${running.apiUrl}/api/v1/upgrades`],
    'see the page': ['GET', () => `${running.apiUrl}/`],
    'stop the controller': ['POST', () => `${running.apiUrl}/api/v1/stop`],
    'ask whether it lives': ['GET', () => `${running.apiUrl}/healthz`],
  } as const;
  it.each<[keyof typeof routes, Record<Scope | 'none', number>]>([
    ['send traces', { none: 401, ingest: 200, read: 403, operate: 403, admin: 0 }],
    ['see upgrades', { none: 401, ingest: 403, read: 200, operate: 200, admin: 0 }],
    ['see the page', { none: 401, ingest: 403, read: 200, operate: 200, admin: 0 }],
    ['stop the controller', { none: 401, ingest: 403, read: 403, operate: 200, admin: 0 }],
    ['ask whether it lives', { none: 200, ingest: 200, read: 200, operate: 200, admin: 0 }],
  ])('%s: %j', async (what, expected) => {
    const [method, url] = routes[what];
    for (const who of ['none', 'ingest', 'read', 'operate'] as const) {
      const headers = { 'content-type': 'application/json', ...bearer(who) };
      const response = await fetch(url(), { method, headers, ...(method === 'POST' ? { body: '{}' } : {}) });
      expect([who, response.status]).toEqual([who, expected[who]]);
      if (response.status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      await response.arrayBuffer();
    }
  });
});

it("hinge's own commands take the token from the environment", async () => {
  const argv = ['upgrade', 'list', '--server', running.apiUrl];

  expect(await hinge(argv, { HINGE_TOKEN: tokens.get('read') ?? '' })).toMatchObject({ code: 0 });
  const { code, err } = await hinge(argv);
  expect(code).toBe(4);
  expect(err).toMatch(/^hinge: a valid token is needed: .* \(UNAUTHENTICATED\)$/m);
});

it('no token is in what it says', () => {
  for (const token of tokens.values()) expect(running.err()).not.toContain(token);
});

it.each([
  ['no scope', ['token', 'a'], /--scope is "": give one or more of ingest, read, operate, admin/],
  ['a scope that does not exist', ['token', 'a', '--scope', 'write'], /--scope is "write"/],
  ['no name', ['token', '--scope', 'read'], /give one name/],
])('hinge token with %s', async (_, argv, message) => {
  const { code, out, err } = await hinge(argv);

  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});
