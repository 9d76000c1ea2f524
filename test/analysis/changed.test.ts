import { describe, expect, it } from 'vitest';
import { changedBuilds, manifestNotes } from '../../analysis/input/changed.ts';
import type { Cell } from '../../model.ts';

const cell = (service: string, build: string): Cell => ({
  service,
  endpoint: 'GET /',
  kind: 'SERVER',
  peer: '',
  build,
  variant: '',
  instance: 'i',
  slotMs: 0,
  calls: 1,
  errors: 0,
  retries: 0,
  logicalCalls: 1,
  durations: { buckets: [1], counts: [1] },
  retryGaps: { buckets: [], counts: [] },
});
const cells = (...pairs: [string, string][]) => pairs.map(([service, build]) => cell(service, build));

describe('what the upgrade changed', () => {
  it('is what the manifest says, whatever telemetry shows', () => {
    const manifest = [{ service: 'cart', from: 'a', to: 'b' }];
    expect(changedBuilds(manifest, cells(['pay', '1']), cells(['pay', '2']))).toEqual(manifest);
    expect(manifestNotes(manifest, manifest)).toEqual([]);
  });

  it.each([
    ['a new build', cells(['pay', '1']), cells(['pay', '2']), [{ service: 'pay', from: '1', to: '2' }]],
    [
      'a fleet that is half upgraded',
      cells(['pay', '1']),
      cells(['pay', '1'], ['pay', '2']),
      [{ service: 'pay', from: '1', to: '2' }],
    ],
    ['the same build', cells(['pay', '1']), cells(['pay', '1']), []],
    ['a service that names no build', cells(['pay', '']), cells(['pay', '']), []],
    ['a service that is new', cells(['pay', '1']), cells(['pay', '1'], ['cart', '9']), []],
    ['a service that is gone', cells(['pay', '1'], ['cart', '9']), cells(['pay', '1']), []],
    ['a rollback to a build known before', cells(['pay', '1'], ['pay', '2']), cells(['pay', '1']), []],
  ])('without a manifest is read from telemetry: %s', (_, before, after, expected) => {
    expect(changedBuilds([], before, after)).toEqual(expected);
    expect(manifestNotes([], expected)).toHaveLength(1);
  });
});
