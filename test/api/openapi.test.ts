import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { reportJsonSchema } from '../../api/report-schema.ts';
import { sampleReport } from '../support/report.ts';
import { type ApiForTests, openApi } from './server.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** A schema of the document that can stand alone. */
function standalone(schema: object): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

let api: ApiForTests;
let document: Document;
beforeAll(async () => {
  api = await openApi();
  await fetch(`${api.url}/api/v1/upgrades`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"one"}',
  });
  document = (await (await fetch(`${api.url}/openapi.json`)).json()) as Document;
});
afterAll(() => api[Symbol.asyncDispose]());

const operations = (): readonly [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  );

describe('the OpenAPI document', () => {
  it('names every route', () => {
    expect(
      operations()
        .map(([path, method]) => `${method.toUpperCase()} ${path}`)
        .toSorted(),
    ).toEqual([
      'GET /',
      'GET /api/v1/actions',
      'GET /api/v1/flags',
      'GET /api/v1/flags/outcomes',
      'GET /api/v1/journal',
      'GET /api/v1/slos/{slo}/events',
      'GET /api/v1/storage',
      'GET /api/v1/upgrades',
      'GET /api/v1/upgrades/{id}/report',
      'GET /healthz',
      'GET /metrics',
      'GET /readyz',
      'GET /upgrades/{id}',
      'POST /api/v1/flags/{flag}/approve',
      'POST /api/v1/flags/{flag}/hold',
      'POST /api/v1/flags/{flag}/restore',
      'POST /api/v1/flags/{flag}/resume',
      'POST /api/v1/resume',
      'POST /api/v1/stop',
      'POST /api/v1/upgrades',
      'POST /api/v1/upgrades/{id}/finish',
      'POST /api/v1/upgrades/{id}/replay',
    ]);
    expect(new Set(operations().map(([, , { operationId }]) => operationId)).size).toBe(operations().length);
  });

  it('declares every part of a path, and no schema that cannot be read', () => {
    for (const [path, , { parameters }] of operations()) {
      const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
      for (const { schema } of parameters) expect(() => standalone(schema)).not.toThrow();
    }
  });

  it('is true: what each GET answers has the type and the shape that it says', async () => {
    for (const [path, method, { responses }] of operations()) {
      if (method !== 'get') continue;
      const asked = path.replace('{id}', 'u1').replace('{slo}/events', 'orders in time/events?startMs=0&endMs=1000');
      const response = await fetch(api.url + asked);
      const content = responses[response.status]?.content ?? {};
      const declared = Object.entries(content).find(([type]) => response.headers.get('content-type')?.startsWith(type));
      expect(declared, path).toBeDefined();
      const [type, { schema }] = declared ?? ['', { schema: {} }];
      const body: unknown = type === 'application/json' ? await response.json() : await response.text();
      expect(standalone(schema).safeParse(body).error, path).toBeUndefined();
    }
  });

  it('has every schema that it refers to, and says nothing of what is read-only', () => {
    const text = JSON.stringify(document);
    const referred = new Set(Array.from(text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g), ([, name]) => name));
    expect([...referred].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
    expect(text).not.toMatch(/\$defs|readOnly/);
  });

  it('is OpenAPI 3.1 and says which Hinge speaks', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Hinge', version: '0.1.0' } });
  });
});

describe('the published schema of reports', () => {
  const schema = z.fromJSONSchema(reportJsonSchema());

  it('is served', async () => {
    expect(await (await fetch(`${api.url}/report.schema.json`)).json()).toEqual(
      JSON.parse(JSON.stringify(reportJsonSchema())),
    );
    expect(reportJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'hinge.report/1',
    });
  });

  it('takes a report', () => {
    expect(schema.safeParse(sampleReport()).error).toBeUndefined();
  });

  it.each([
    ['another schema', { schema: 'hinge.report/2' }],
    ['an unknown verdict', { verdict: 'worse' }],
    ['no headline', { headline: undefined }],
    ['a finding that is none', { findings: [{}] }],
    ['an unknown signal', { findings: [{ ...sampleReport().findings[0], signal: 'latency.p42' }] }],
    ['an interval of one end', { suspects: [{ ...sampleReport().suspects[0], interval: [0.5] }] }],
  ])('refuses %s', (_, wrong) => {
    expect(schema.safeParse({ ...sampleReport(), ...wrong }).success).toBe(false);
  });
});
