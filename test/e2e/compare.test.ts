/** `hinge compare`: telemetry files in, the report out, in the form that docs/report.schema.json publishes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Report } from '../../model.ts';
import { hinge, scratchFolder } from '../support/hinge.ts';
import { shopFile } from '../support/traffic-file.ts';

const MONDAY_MS = Date.UTC(2026, 10, 16, 9);
const FRIDAY_MS = Date.UTC(2026, 10, 20, 9);
const folder = scratchFolder();
afterAll(() => folder[Symbol.dispose]());

const before = folder.write('monday.ndjson.gz', shopFile({ seed: 1, startMs: MONDAY_MS, version: '1' }));
const slower = folder.write(
  'slower.ndjson.gz',
  shopFile({ seed: 2, startMs: FRIDAY_MS, version: '2', checkoutFactor: 1.6 }),
);
const same = folder.write('same.ndjson.gz', shopFile({ seed: 3, startMs: FRIDAY_MS, version: '2' }));
const changed = folder.write(
  'changed.json',
  JSON.stringify({
    changed: [
      { service: 'gateway', from: '1', to: '2', releasedAt: '2026-11-20T08:00:00Z' },
      { service: 'checkout', from: '1', to: '2' },
    ],
  }),
);
const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8')),
);

async function compare(after: string, ...more: string[]) {
  const { code, out } = await hinge(['compare', '--before', before, '--after', after, '--changed', changed, ...more]);
  return { code, out };
}

describe('hinge compare', () => {
  let ofSlower: Awaited<ReturnType<typeof compare>>;
  beforeAll(async () => {
    ofSlower = await compare(slower, '--format', 'json');
  });

  it('finds the slower service behind a slower endpoint, and says so in the published form', async () => {
    const { code, out } = ofSlower;
    const report = JSON.parse(out) as Report;
    expect(schema.safeParse(report)).toMatchObject({ success: true });
    expect({ code, verdict: report.verdict, conclusion: report.conclusion }).toEqual({
      code: 1,
      verdict: 'regressed',
      conclusion: 'BINARY',
    });
    expect(report.suspects[0]).toMatchObject({ rank: 1, service: 'checkout', from: '1', to: '2', changed: true });
    const p95 = report.findings.find(
      ({ endpoint, signal }) => endpoint === 'POST /checkout' && signal === 'latency.p95',
    );
    expect(p95).toMatchObject({ verdict: 'regressed', service: 'checkout', kind: 'SERVER', control: 'before-after' });
    const [low, high] = p95?.interval ?? [0, 0];
    expect(low).toBeLessThan(1.6);
    expect(high).toBeGreaterThan(1.6);
    expect(p95?.exemplars.candidate).toHaveLength(3);
  });

  it('finds nothing where nothing changed but the version', async () => {
    const { code, out } = await compare(same, '--format', 'json');
    const report = JSON.parse(out) as Report;
    expect(report.findings.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
    expect({ code, verdict: report.verdict, suspects: report.suspects }).toEqual({
      code: 0,
      verdict: 'unchanged',
      suspects: [],
    });
  });

  it('gives the same bytes for the same files', { timeout: 90_000 }, async () => {
    expect((await compare(slower, '--format', 'json')).out).toBe(ofSlower.out);
  });

  it.each([
    ['text', /^Hinge report: monday.ndjson.gz against slower.ndjson.gz +REGRESSED\n/],
    ['markdown', /^#+ .*\n/],
    ['html', /^<!doctype html>/i],
  ])('speaks %s', async (format, expected) => {
    expect((await compare(slower, '--format', format)).out).toMatch(expected);
  });
});
