/** The published JSON Schema of `hinge.report/1` (draft 2020-12). */
import { type Json, jsonSchemaOf } from './json-schema.ts';
import { reportSchema } from './schemas.ts';

/** For readers of reports: fields may be added within version 1, so unknown ones are allowed. */
export function reportJsonSchema(): Json {
  return { ...jsonSchemaOf(reportSchema, 'input'), $id: 'urn:hinge:report:1', title: 'hinge.report/1' };
}
