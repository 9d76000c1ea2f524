/** JSON Schema (draft 2020-12) of a zod schema, as both the published report schema and OpenAPI want it. */
import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/** `readOnly` is left out: in zod it speaks of memory, in JSON Schema of who may send a field. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  return z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
}
