import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { reportJsonSchema } from '../../api/report-schema.ts';
import { crowdedReport, sampleReport } from '../support/report.ts';

const published = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8'),
) as object;

describe('docs/report.schema.json', () => {
  it('is the schema that the API works with (npm run schema writes it)', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())));
  });

  it.each([
    ['a report', sampleReport(), true],
    ['a long report', crowdedReport(40), true],
    ['a report with a field of a later version', { ...sampleReport(), later: 1 }, true],
    ['a report without a verdict', { ...sampleReport(), verdict: undefined }, false],
    ['a verdict that is none', { ...sampleReport(), verdict: 'fine' }, false],
  ])('takes or refuses %s', (_, report, expected) => {
    expect(z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]).safeParse(report).success).toBe(
      expected,
    );
  });
});
