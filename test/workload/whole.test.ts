/** A release with a known truth through all of Hinge: spans as a collector gets them in, the guilty binary out. */

import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import type { Report } from '../../model.ts';
import { hinge, scratchFolder } from '../support/hinge.ts';
import type { Fault } from '../support/workload/faults.ts';
import { otlpRequests } from '../support/workload/otlp.ts';
import { type Arm, drawRelease } from '../support/workload/release.ts';
import { shop } from '../support/workload/system.ts';

const folder = scratchFolder();
afterAll(() => folder[Symbol.dispose]());

const [FINE, REGRESSED, INCONCLUSIVE] = [0, 1, 3];

const fileOf = (name: string, arm: Arm, prefix: string) => {
  const lines = [...otlpRequests(arm, prefix, 100)].map((request) => `${JSON.stringify(request)}\n`);
  return folder.write(name, gzipSync(lines.join('')));
};

it.each<[string, readonly Fault[]]>([
  ['a changed service twice as slow', [{ kind: 'latency', service: 'pricing', effect: { slower: 1 } }]],
  ['a changed service that fails', [{ kind: 'errors', service: 'inventory', share: 0.1 }]],
  ['nothing', []],
])('hinge compare on %s', async (_, faults) => {
  const changed = ['checkout', 'pricing', 'inventory'];
  const plan = { seed: 1, system: shop(5), changed, faults, requests: 1_200, slots: 4, noise: { instanceSd: 0.02 } };
  const release = drawRelease({ ...plan, gapSlots: 1_440 });
  const { code, out, err } = await hinge([
    ...['compare', '--format', 'json', '--before', fileOf('before.ndjson.gz', release.baseline, 'aaaaaaaa')],
    ...['--after', fileOf('after.ndjson.gz', release.candidate, 'bbbbbbbb')],
    ...['--changed', folder.write('changed.json', JSON.stringify({ changed: release.changed }))],
  ]);
  expect(faults.length > 0 ? [REGRESSED] : [FINE, INCONCLUSIVE], err).toContain(code);
  const report = JSON.parse(out) as Report;
  const [guilty] = release.truth.guiltyChanged;
  expect(report.conclusion).toBe(release.truth.conclusions[0] ?? 'NONE');
  expect(report.suspects[0]?.service).toBe(guilty);
});
