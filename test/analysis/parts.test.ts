/** Parts of requests: the way between two services and a service's own time, told where the calls that hold them drown the change. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import type { ArmData } from '../../analysis/input/settings.ts';
import { isOwnTime, isPart, isWay } from '../../analysis/requests/parts.ts';
import { type Fault, generateTree, SHOP } from '../support/generator-tree.ts';

/** The callee's own time is long and wild beside the way to it. */
const DROWNED = SHOP.map((service) => (service.name === 'pricing' ? { ...service, selfMs: 400 } : service));
const SLOW_WAY: Fault = { kind: 'network', service: 'pricing', delayMs: 12 };

function judged(fault: Fault, seed: number, change = (candidate: ArmData): ArmData => candidate) {
  const { baseline, candidate } = generateTree({ seed, services: DROWNED, fault, requests: 300 });
  return analyse({ baseline, candidate: change(candidate), changed: [], settings: DEFAULT_SETTINGS, seed: 1 });
}

describe('parts of requests', () => {
  it.each([1, 2, 3])('a slow way is found that the call around it does not show (seed %i)', (seed) => {
    const { findings, suspects } = judged(SLOW_WAY, seed);
    const regressed = findings.filter(({ verdict }) => verdict === 'regressed');
    expect(regressed.find(isWay)).toMatchObject({
      service: 'checkout',
      endpoint: '(on the way, in POST /gateway)',
      peer: 'pricing',
    });
    expect(
      regressed.filter(({ peer, endpoint }) => peer === 'pricing' && !isPart({ kind: 'CLIENT', endpoint })),
    ).toEqual([]);
    expect(suspects[0]?.service).toBe('pricing');
    // What a flag is moved for is what users wait for.
    expect(regressed.filter(isPart).map(({ conclusive }) => conclusive)).not.toContain(true);
  });

  it.each([1, 2, 3])('the own time of a service that waits for others is found (seed %i)', (seed) => {
    const { findings } = judged({ kind: 'self', service: 'checkout', size: 0.5 }, seed);
    const regressed = findings.filter(({ verdict }) => verdict === 'regressed');
    expect(regressed.find(isOwnTime)).toMatchObject({ service: 'checkout', peer: '' });
    expect(regressed.filter(isPart).map(({ service }) => service)).not.toContain('gateway');
  });

  it('nothing is listed of parts that held or got faster', () => {
    for (const fault of [{ kind: 'none' }, { kind: 'self', service: 'checkout', size: -0.3 }] satisfies Fault[])
      expect(judged(fault, 1).findings.filter(isPart)).toEqual([]);
  });

  it.each(['some', 'all'])('time around spans that went missing (%s) is no regression', (which) => {
    const isLost = ({ slotMs }: { readonly slotMs: number }, from: number) =>
      which === 'all' || slotMs >= from + 15_000;
    const { findings, suspects } = judged({ kind: 'none' }, 1, (arm) => ({
      ...arm,
      cells: arm.cells.filter((cell) => cell.service !== 'pricing' || !isLost(cell, arm.range.startMs)),
      selfTimes: arm.selfTimes.flatMap((cell) => {
        if (!isLost(cell, arm.range.startMs)) return [cell];
        if (cell.unit === 'pricing') return [];
        // What the callee took appears on the way to it.
        const longer = cell.unit === 'checkout->pricing' ? Math.round(64 * Math.log2(100)) : 0;
        const buckets = cell.selfTimes.buckets.map((bucket) => bucket + longer);
        return [{ ...cell, selfTimes: { ...cell.selfTimes, buckets } }];
      }),
    }));
    expect(findings.filter(isPart)).toEqual([]);
    expect(suspects).toEqual([]);
  });
});
