/** `hinge compare` on metrics without a single span: a verdict, the finding's endpoint, and the service behind it. */

import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { Report } from '../../model.ts';
import { hinge, scratchFolder } from '../support/hinge.ts';
import { attributes, metricsRequest } from '../support/otlp.ts';

const MINUTE_MS = 60_000;
const MONDAY_MS = Date.UTC(2026, 10, 16, 9);
const FRIDAY_MS = Date.UTC(2026, 10, 20, 9);
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1];
const PODS = [0, 1, 2, 3, 4];
const folder = scratchFolder();
afterAll(() => folder[Symbol.dispose]());

/** Half an hour of cumulative histograms, a point a minute: `shop` waits for `stock`, and `heap` grows slowly. */
function metricsFile(startMs: number, version: string, stockS: number, heap: number): string {
  const random = createRandom(startMs / MINUTE_MS);
  const nano = (minute: number) => String(BigInt(startMs + minute * MINUTE_MS) * 1_000_000n);
  const lines = PODS.map((pod) => {
    const serve = (service: string, ownS: number) => {
      const counts = new Array<number>(BOUNDS.length + 1).fill(0);
      let sum = 0;
      const dataPoints = Array.from({ length: 30 }, (_, minute) => {
        for (let call = 0; call < 50; call++) {
          const seconds = ownS * Math.exp(0.8 * (random() + random() + random() - 1.5));
          const at = BOUNDS.findIndex((bound) => seconds <= bound);
          const bucket = at < 0 ? BOUNDS.length : at;
          counts[bucket] = (counts[bucket] ?? 0) + 1;
          sum += seconds;
        }
        const named = { 'http.request.method': 'GET', 'http.route': `/${service}` };
        return {
          ...{ startTimeUnixNano: nano(0), timeUnixNano: nano(minute + 1), attributes: attributes(named) },
          ...{ count: String(50 * (minute + 1)), sum, bucketCounts: counts.map(String), explicitBounds: BOUNDS },
        };
      });
      const readings = Array.from({ length: 30 }, (_, minute) => ({
        timeUnixNano: nano(minute + 1),
        asDouble: heap * (1 + 0.1 * random()),
      }));
      const histogram = { aggregationTemporality: 2, dataPoints };
      return {
        service,
        attributes: { 'service.version': version, 'k8s.pod.name': `${service}-${version}-${pod}` },
        items: [
          { name: 'http.server.request.duration', unit: 's', histogram },
          { name: 'jvm.memory.utilization', unit: '1', gauge: { dataPoints: readings } },
        ],
      };
    };
    return JSON.stringify(metricsRequest([serve('shop', 0.03 + stockS), serve('stock', stockS)]));
  });
  return lines.join('\n');
}

const before = folder.write('monday.ndjson', metricsFile(MONDAY_MS, '1', 0.02, 0.4));

async function compare(after: string) {
  const { code, out } = await hinge(['compare', '--before', before, '--after', after, '--format', 'json']);
  return { code, report: JSON.parse(out) as Report };
}

describe('hinge compare with metrics alone', () => {
  it('finds what regressed, under the names that traces use, and the service behind it', async () => {
    const { code, report } = await compare(folder.write('slow.ndjson', metricsFile(FRIDAY_MS, '2', 0.06, 0.4)));
    expect({ code, verdict: report.verdict, conclusion: report.conclusion }).toEqual({
      code: 1,
      verdict: 'regressed',
      conclusion: 'CONTRIBUTING',
    });
    expect(report.suspects[0]).toMatchObject({ service: 'stock', from: '1', to: '2', changed: true });
    expect(report.suspects[0]?.evidence[0]).toContain('from metrics alone');
    const p50 = report.findings.find(({ service, signal }) => service === 'stock' && signal === 'latency.p50');
    expect(p50).toMatchObject({ verdict: 'regressed', endpoint: 'GET /stock', kind: 'SERVER', confidence: 'high' });
    expect(report.headline).toContain('stock');
  });

  it('lists a fuller heap, which decides nothing', async () => {
    const { report } = await compare(folder.write('heap.ndjson', metricsFile(FRIDAY_MS, '2', 0.02, 0.8)));
    const heaps = report.findings.filter(({ signal }) => signal.startsWith('metric:jvm.memory.utilization'));
    expect(heaps.map(({ verdict }) => verdict)).toEqual(['regressed', 'regressed']);
    expect(report.verdict).not.toBe('regressed');
    expect(report.suspects).toEqual([]);
  });
});
