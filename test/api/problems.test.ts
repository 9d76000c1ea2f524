import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemSchema } from '../../api/schemas.ts';
import { ERROR_CODES, HingeError } from '../../errors.ts';
import { type ApiForTests, openApi, rawRequest } from './server.ts';

let api: ApiForTests;
beforeAll(async () => {
  api = await openApi({ allowedHosts: ['hinge.example'] });
  await fetch(`${api.url}/api/v1/upgrades`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"one"}',
  });
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(() => {
  api.fail(undefined);
  api.logged.length = 0;
});

interface Asked {
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every fault is one problem: these fields, one line, no stack. */
async function problemOf(
  path: string,
  o: Asked = {},
): Promise<{ status: number; code: string; detail: string; headers: Headers }> {
  const headers = { ...(o.body === undefined ? {} : { 'content-type': 'application/json' }), ...o.headers };
  const response = await fetch(api.url + path, { method: o.method ?? 'GET', headers, body: o.body ?? null });
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = problemSchema.strict().parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(Object.keys(ERROR_CODES)).toContain(problem.code);
  expect(problem.detail).not.toMatch(/\n|\.ts:|\bat \S+ \(/);
  return { status: problem.status, code: problem.code, detail: problem.detail, headers: response.headers };
}

const UPGRADES = '/api/v1/upgrades';
const started = (body: unknown): Asked => ({ method: 'POST', body: JSON.stringify(body) });
const LONG = 'x'.repeat(201);

describe('to a browser', () => {
  const shown = async (path: string) => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const response = await fetch(api.url + path, { headers: { accept } });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  it('a fault is a page that says what happened and leads on', async () => {
    const { status, type, text } = await shown('/upgrades/u99');
    expect({ status, type }).toEqual({ status: 404, type: 'text/html; charset=utf-8' });
    expect(text).toContain('There is no upgrade u99');
    expect(text).toContain('<a href="/">All upgrades</a>');
  });

  it('what was asked for is shown as text', async () => {
    const { text } = await shown(`/${encodeURIComponent('<script>alert(1)</script>')}`);
    expect(text).toContain('script');
    expect(text).not.toContain('<script>alert');
  });
});

describe('wrong input', () => {
  it.each<[string, string, Asked, number, string, RegExp]>([
    ['unknown route', '/api/v1/nothing', {}, 404, 'NOT_FOUND', /there is no \/api\/v1\/nothing/],
    ['unknown upgrade', `${UPGRADES}/u99/report`, {}, 404, 'NOT_FOUND', /there is no upgrade u99/],
    ['unknown upgrade, page', '/upgrades/u99', {}, 404, 'NOT_FOUND', /there is no upgrade u99/],
    [
      'unknown upgrade, finish',
      `${UPGRADES}/u99/finish`,
      { method: 'POST' },
      404,
      'NOT_FOUND',
      /there is no upgrade u99/,
    ],
    [
      'wrong method',
      UPGRADES,
      { method: 'DELETE' },
      405,
      'INPUT_UNSUPPORTED',
      /does not take DELETE; it takes GET, HEAD, POST/,
    ],
    ['wrong method', '/api/v1/stop', {}, 405, 'INPUT_UNSUPPORTED', /takes POST/],
    ['wrong method', '/healthz', { method: 'POST' }, 405, 'INPUT_UNSUPPORTED', /takes GET, HEAD/],
    ['malformed JSON', UPGRADES, { method: 'POST', body: '{"name":' }, 400, 'INPUT_INVALID', /not valid JSON/],
    ['JSON that is no object', UPGRADES, { method: 'POST', body: '"name"' }, 400, 'INPUT_INVALID', /not valid JSON/],
    ['empty body', UPGRADES, { method: 'POST', body: '' }, 400, 'INPUT_INVALID', /body\.name: /],
    ['no body', UPGRADES, { method: 'POST' }, 415, 'INPUT_UNSUPPORTED', /Content-Type/],
    [
      'another type',
      UPGRADES,
      { method: 'POST', body: 'name=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'INPUT_UNSUPPORTED',
      /application\/json/,
    ],
    [
      'a truncated gzip',
      UPGRADES,
      { method: 'POST', body: new Uint8Array([31, 139, 8, 0]), headers: { 'content-encoding': 'gzip' } },
      400,
      'INPUT_INVALID',
      /cannot be understood/,
    ],
    [
      'an unknown encoding',
      UPGRADES,
      { method: 'POST', body: '{}', headers: { 'content-encoding': 'snappy' } },
      415,
      'INPUT_UNSUPPORTED',
      /content encoding/,
    ],
    ['a body over the limit', UPGRADES, started({ name: 'x'.repeat(300_000) }), 413, 'INPUT_TOO_LARGE', /256 KiB/],
    ['no name', UPGRADES, started({}), 400, 'INPUT_INVALID', /body\.name: /],
    ['an empty name', UPGRADES, started({ name: '' }), 400, 'INPUT_INVALID', /body\.name: /],
    ['a name too long', UPGRADES, started({ name: LONG }), 400, 'INPUT_INVALID', /body\.name: /],
    ['an unknown field', UPGRADES, started({ name: 'a', nmae: 'b' }), 400, 'INPUT_INVALID', /nmae/],
    [
      'a changed build without a service',
      UPGRADES,
      started({ name: 'a', changed: [{ from: '1', to: '2' }] }),
      400,
      'INPUT_INVALID',
      /body\.changed\.0\.service: /,
    ],
    [
      'a date that is none',
      UPGRADES,
      started({ name: 'a', changed: [{ service: 's', from: '1', to: '2', releasedAt: 'today' }] }),
      400,
      'INPUT_INVALID',
      /releasedAt/,
    ],
    ['an unknown format', `${UPGRADES}/u1/report?format=pdf`, {}, 400, 'INPUT_INVALID', /query\.format: /],
    [
      'a format given twice',
      `${UPGRADES}/u1/report?format=json&format=text`,
      {},
      400,
      'INPUT_INVALID',
      /query\.format: /,
    ],
    ['an unknown option', `${UPGRADES}/u1/report?fromat=json`, {}, 400, 'INPUT_INVALID', /fromat/],
    ['an id too long', `${UPGRADES}/${LONG}/report`, {}, 400, 'INPUT_INVALID', /path\.id: /],
    ['an address that is no UTF-8', `${UPGRADES}/%ff/report`, {}, 400, 'INPUT_INVALID', /cannot be understood/],
    ['a flag too long', `/api/v1/flags/${LONG}/hold`, { method: 'POST' }, 400, 'INPUT_INVALID', /path\.flag: /],
  ])('%s: %s', async (_, path, asked, status, code, detail) => {
    const problem = await problemOf(path, asked);
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).toMatch(detail);
    expect(api.logged).toEqual([]);
  });

  it('names the methods that a route takes', async () => {
    expect((await problemOf(UPGRADES, { method: 'PUT' })).headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('has no latest upgrade before the first', async () => {
    await using empty = await openApi();
    const response = await fetch(`${empty.url}/api/v1/upgrades/latest/report`);
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { detail: expect.stringContaining('hinge upgrade start') },
    ]);
  });
});

describe('faults of the server', () => {
  it.each([
    ['STORE_UNAVAILABLE', true, 503, '5'],
    ['OVERLOADED', true, 503, '5'],
    ['FLAGS_CONFLICT', false, 409, null],
    ['STORE_REFUSED', false, 500, null],
  ] as const)('%s, retryable %s, is %d with Retry-After %s', async (code, retryable, status, retryAfter) => {
    api.fail(new HingeError(code, 'what happened; what to do', { retryable }));
    const problem = await problemOf(UPGRADES);
    expect(problem).toMatchObject({ status, code, detail: 'what happened; what to do' });
    expect(problem.headers.get('retry-after')).toBe(retryAfter);
  });

  it.each([new Error('password is hunter2'), new TypeError('x is not a function'), 'thrown text', null])(
    'a fault of the code (%s) tells nothing to the client, all to the log',
    async (thrown) => {
      api.fail(thrown ?? new Error('null'));
      const problem = await problemOf(UPGRADES);
      expect(problem).toMatchObject({
        status: 500,
        code: 'INTERNAL',
        detail: 'a fault in Hinge itself; its log says more',
      });
      expect(api.logged.length).toBe(1);
    },
  );
});

describe('other web sites', () => {
  it.each([
    ['a foreign name that leads here', 'GET', '/api/v1/upgrades', { host: 'evil.example' }, 403],
    ['a name that was allowed', 'GET', '/api/v1/upgrades', { host: 'hinge.example:4319' }, 200],
    ['localhost', 'GET', '/api/v1/upgrades', { host: 'localhost:4319' }, 200],
    ['an address', 'GET', '/api/v1/upgrades', { host: '[::1]:4319' }, 200],
    ['a scraper that asks by any name', 'GET', '/metrics', { host: 'hinge.monitoring.svc' }, 200],
    ['a form of another site', 'POST', '/api/v1/stop', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a sibling of the site', 'POST', '/api/v1/stop', { 'sec-fetch-site': 'same-site' }, 403],
    ['an old browser elsewhere', 'POST', '/api/v1/stop', { origin: 'http://evil.example' }, 403],
    ['a sandboxed page', 'POST', '/api/v1/stop', { origin: 'null' }, 403],
    ['the own page', 'POST', '/api/v1/stop', { 'sec-fetch-site': 'same-origin' }, 200],
    ['a link to a page', 'GET', '/', { 'sec-fetch-site': 'cross-site' }, 200],
    ['the command line', 'POST', '/api/v1/stop', {}, 200],
  ])('%s: %s %s', async (_, method, path, headers, status) => {
    expect((await rawRequest(api.url + path, method, headers)).status).toBe(status);
  });
});

it('whoever authorises decides before every route but health and metrics', async () => {
  await using closed = await openApi({ authorise: (_request, response) => void response.status(401).end() });
  const statuses = await Promise.all(
    ['/', UPGRADES, '/openapi.json', '/healthz', '/metrics'].map(
      async (path) => (await fetch(closed.url + path)).status,
    ),
  );
  expect(statuses).toEqual([401, 401, 401, 200, 200]);
});
