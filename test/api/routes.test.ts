import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actionSchema, reportSchema, storageSchema, upgradeSchema } from '../../api/schemas.ts';
import { HingeError } from '../../errors.ts';
import { sampleReport } from '../support/report.ts';
import { sampleStorage } from '../support/storage.ts';
import { type ApiForTests, openApi, rawRequest } from './server.ts';

let api: ApiForTests;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(() => {
  api.upgrades.length = 0;
  api.asked.length = 0;
  api.logged.length = 0;
  api.fail(undefined);
});

const json = { 'content-type': 'application/json' };
const post = (path: string, body?: unknown): Promise<Response> =>
  fetch(api.url + path, {
    method: 'POST',
    ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
  });
const start = (name: string): Promise<Response> =>
  post('/api/v1/upgrades', { name, changed: [{ service: 'checkout', from: '1', to: '2' }] });

describe('upgrades', () => {
  it('begin, are listed newest first, and end', async () => {
    const begun = await start('dten-7.2');
    expect(begun.status).toBe(201);
    expect(begun.headers.get('location')).toBe('/upgrades/u1');
    expect(upgradeSchema.parse(await begun.json())).toMatchObject({ id: 'u1', name: 'dten-7.2', finishedMs: null });
    await start('dten-7.3');
    const { items } = (await (await fetch(`${api.url}/api/v1/upgrades`)).json()) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(['u2', 'u1']);
    expect(await (await post('/api/v1/upgrades/u1/finish')).json()).toMatchObject({ id: 'u1', finishedMs: 2_000 });
    expect(await (await post('/api/v1/upgrades/latest/finish')).json()).toMatchObject({ id: 'u2' });
  });

  it('may change nothing that is named', async () => {
    expect((await post('/api/v1/upgrades', { name: 'configuration only' })).status).toBe(201);
    expect(api.upgrades[0]?.changed).toEqual([]);
  });
});

it('tells what the tables take', async () => {
  const storage = await (await fetch(`${api.url}/api/v1/storage`)).json();
  expect(storage).toEqual(sampleStorage());
  expect(storageSchema.parse(storage)).toEqual(storage);
});

describe('the events of an SLO', () => {
  const ask = (slo: string, query: string) => fetch(`${api.url}/api/v1/slos/${encodeURIComponent(slo)}/events${query}`);

  it('come second by second', async () => {
    const answer = await ask('orders in time', '?startMs=1000&endMs=2000');
    expect(await answer.json()).toEqual({ items: [{ atMs: 1_000, good: 9, total: 10 }] });
  });

  it.each([
    ['an SLO that is not configured', 'orders', '?startMs=1000&endMs=2000', 404],
    ['no range', 'orders in time', '', 400],
    ['a range that ends before it begins', 'orders in time', '?startMs=2000&endMs=1000', 400],
    ['a range of more than six hours', 'orders in time', '?startMs=0&endMs=21600001', 400],
  ])('do not come for %s', async (_, slo, query, status) => {
    expect((await ask(slo, query)).status).toBe(status);
  });
});

describe('the report', () => {
  beforeEach(() => start('dten-7.2'));

  it.each([
    ['json', 'application/json', /^\{"schema":"hinge.report\/1"/],
    ['html', 'text/html', /^<!doctype html>/],
    ['markdown', 'text/markdown', /^## Regressed/],
    ['text', 'text/plain', /^Hinge report: dten-7\.2 .*REGRESSED/],
  ])('comes as %s', async (format, type, start) => {
    const response = await fetch(`${api.url}/api/v1/upgrades/u1/report?format=${format}`);
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(await response.text()).toMatch(start);
  });

  it('comes as JSON unless told, whole, and as its schema says', async () => {
    const report = await (await fetch(`${api.url}/api/v1/upgrades/u1/report`)).json();
    expect(report).toEqual({ ...sampleReport(), title: 'dten-7.2' });
    expect(reportSchema.parse(report)).toEqual(report);
  });

  it('of the latest upgrade needs no id', async () => {
    await start('dten-7.3');
    expect(await (await fetch(`${api.url}/api/v1/upgrades/latest/report`)).json()).toMatchObject({ title: 'dten-7.3' });
    expect(await (await fetch(`${api.url}/upgrades/latest`)).text()).toContain('<bdi>dten-7.3</bdi>');
  });

  it('is sent once: a client that has it gets 304', async () => {
    const address = `${api.url}/api/v1/upgrades/u1/report`;
    const etag = (await fetch(address)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    expect(await rawRequest(address, 'GET', { 'if-none-match': etag })).toEqual({ status: 304, body: '' });
    expect((await rawRequest(address, 'GET', { 'if-none-match': '"other"' })).status).toBe(200);
  });
});

describe('flags and actions', () => {
  it('are listed', async () => {
    const { items } = (await (await fetch(`${api.url}/api/v1/actions`)).json()) as { items: unknown[] };
    expect(items.map((item) => actionSchema.parse(item))).toEqual(sampleReport().actions);
    expect(await (await fetch(`${api.url}/api/v1/flags`)).json()).toMatchObject({
      items: [{ flag: 'checkout.retry-strategy', state: 'HOLD' }],
    });
  });

  it.each([
    ['/api/v1/stop', 'stop'],
    ['/api/v1/resume', 'resume'],
    ['/api/v1/flags/checkout.retry-strategy/hold', 'hold checkout.retry-strategy'],
    ['/api/v1/flags/team%2Fcheckout/hold', 'hold team/checkout'],
    ['/api/v1/flags/team%2Fcheckout/resume', 'rearm team/checkout'],
  ])('POST %s asks the controller to %s', async (path, asked) => {
    const response = await post(path);
    expect([response.status, api.asked]).toEqual([200, [asked]]);
    expect(await response.json()).toHaveProperty('items');
  });
});

describe('people who act', () => {
  it.each([
    ['stop', {}, 'stop by ada'],
    ['flags/pay/hold', {}, 'hold pay by ada'],
    ['flags/pay/resume', {}, 'rearm pay by ada'],
    ['flags/pay/approve', {}, 'approve pay by ada'],
    ['flags/pay/approve', { environment: 'eu', id: 'p1' }, 'approve pay eu p1 by ada'],
    ['flags/pay/restore', {}, 'restore pay by ada'],
  ])('are named to the controller: %s %j', async (path, choice, asked) => {
    await using named = await openApi({ identify: (header) => header?.replace('Bearer ', '') ?? 'nobody' });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer ada' };
    const sent = { method: 'POST', headers, body: JSON.stringify(choice) };
    const response = await fetch(`${named.url}/api/v1/${path}`, sent);
    expect([response.status, named.asked]).toEqual([200, [asked]]);
  });

  it('cannot approve by a word that the controller does not know', async () => {
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: '{"enviroment":"eu"}' };
    const response = await fetch(`${api.url}/api/v1/flags/pay/approve`, sent);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('enviroment') });
    expect(api.asked).toEqual([]);
  });
});

describe('the overview', () => {
  it('shows upgrades with their verdicts, flags and actions', async () => {
    await start('dten-7.2');
    const page = await (await fetch(`${api.url}/`)).text();
    for (const words of ['href="/upgrades/u1"', 'Regressed', 'checkout.retry-strategy', 'turned off', 'answers'])
      expect(page).toContain(words);
  });

  it('comes up when the store is down, and says so', async () => {
    api.fail(new HingeError('STORE_UNAVAILABLE', 'the store does not answer'));
    const response = await fetch(`${api.url}/`);
    expect(response.status).toBe(200);
    const page = await response.text();
    expect(page).toContain('Hinge itself needs a look');
    expect(page).toContain('does not answer');
  });
});

describe('operations', () => {
  it.each([
    ['/healthz', 200, 'application/json; charset=utf-8', '{"status":"ok","version":"0.1.0"}'],
    ['/readyz', 200, 'application/json; charset=utf-8', '"ready":true'],
    ['/metrics', 200, 'text/plain; version=0.0.4; charset=utf-8', 'hinge_spans 1'],
  ])('%s', async (path, status, type, words) => {
    const response = await fetch(api.url + path);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type]);
    expect(await response.text()).toContain(words);
  });

  it('is not ready while the store is down, alive all the same', async () => {
    api.fail(new HingeError('STORE_UNAVAILABLE', 'the store does not answer'));
    expect((await fetch(`${api.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  });
});

it('every answer carries the headers that keep browsers safe', async () => {
  for (const path of ['/', '/healthz', '/api/v1/upgrades', '/nowhere']) {
    const { headers } = await fetch(api.url + path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';style-src 'unsafe-inline';img-src data:;base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-cache');
  }
});
