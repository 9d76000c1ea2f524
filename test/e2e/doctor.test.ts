/** `hinge doctor` on the tables: while a Hinge holds the data folder, and when none does. */

import { expect, it } from 'vitest';
import { hinge, scratchFolder, serveHinge } from '../support/hinge.ts';
import { postJson, spanId, traceId, tracesRequest } from '../support/otlp.ts';

const PORTS = ['collector.port=0', 'collector.grpcPort=0', 'api.port=0'].flatMap((each) => ['--set', each]);

it('shows what the tables take while hinge serve runs, and where to ask when it does not', async () => {
  using folder = scratchFolder();
  const data = ['--data', `${folder.path}/data`];
  let url: string;
  {
    await using running = await serveHinge([...data, ...PORTS]);
    url = running.apiUrl;
    const span = { traceId: traceId(1), spanId: spanId(1), name: 'op', startMs: Date.now(), durationMs: 5 };
    const request = tracesRequest([{ service: 'shop', items: [span] }]);
    expect((await postJson(`${running.otlpUrl}/v1/traces`, request)).status).toBe(200);
    const { code, out } = await hinge(['doctor', ...data, '--server', url]);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^ok {4}tables +\S+ \w+ stored, \S+ GiB free; too little data/m),
    });
    expect(out).toMatch(/^table +rows +on disk +oldest \(UTC\) +newest \(UTC\) +kept +a day$/m);
    expect(out).toMatch(/^cells +0 +0 B +- +- +13 months +-$/m);
    expect(out).toMatch(/^otel_traces +1 +\S+ \w+ +20\d\d-\d\d-\d\d \d\d:\d\d +20\S+ \S+ +14 days +-$/m);
  }
  const { code, out } = await hinge(['doctor', ...data, '--server', url]);
  expect(code).toBe(0);
  expect(out).toMatch(/^warn {2}tables +their sizes need a running hinge serve; \S+\/data takes \S+ \w+$/m);
}, 60_000);
