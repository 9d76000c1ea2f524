/** OpenAPI 3.1, made from the routes and from the very schemas that check them. */
import type { z } from 'zod';
import { type Json, jsonSchemaOf } from './json-schema.ts';
import type { Route } from './route.ts';
import { problemSchema } from './schemas.ts';

/** Named schemas, met on the way. */
type Components = Record<string, Json>;

export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const schemas: Components = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  const info = { title: 'Hinge', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } };
  return { openapi: '3.1.0', info, paths, components: { schemas } };
}

function operation(route: Route, schemas: Components): Json {
  return {
    operationId: `${route.method}${route.path.replace(/[^a-z0-9]+(\w?)/gi, (_, c: string) => c.toUpperCase())}`,
    summary: route.summary,
    parameters: [...parameters(route.params, 'path', schemas), ...parameters(route.query, 'query', schemas)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input', schemas) } },
          },
        }),
    responses: {
      [route.status]: { description: route.summary, content: contents(route, schemas) },
      default: problem(schemas),
    },
  };
}

function contents({ produces }: Route, schemas: Components): Json {
  const entries = Object.entries(produces).map(([type, schema]) => [
    type,
    { schema: schema === null ? { type: 'string' } : schemaOf(schema, 'output', schemas) },
  ]);
  return Object.fromEntries(entries);
}

function problem(schemas: Components): Json {
  return {
    description: 'a fault',
    content: { 'application/problem+json': { schema: schemaOf(problemSchema, 'output', schemas) } },
  };
}

function parameters(schema: z.ZodType | undefined, where: 'path' | 'query', schemas: Components): readonly Json[] {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema, 'input', schemas) as {
    readonly properties?: Json;
    readonly required?: readonly string[];
  };
  return Object.entries(properties ?? {}).map(([name, shape]) => ({
    name,
    in: where,
    required: where === 'path' || (required?.includes(name) ?? false),
    schema: shape,
  }));
}

/** Definitions move to the document's components, and references with them. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Components): Json {
  const text = JSON.stringify(jsonSchemaOf(schema, io)).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $schema: _, $defs, ...shape } = JSON.parse(text) as Json;
  Object.assign(schemas, $defs);
  return shape;
}
