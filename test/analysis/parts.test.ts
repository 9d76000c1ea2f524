/** Parts of requests: the way between two services and a service's own time, told where the calls that hold them drown the change. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { isOwnTime, isPart, isWay } from '../../analysis/parts.ts';
import type { ArmData } from '../../analysis/settings.ts';
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

  it('time around spans that went missing is no regression: the calls that hold it are as fast as before', () => {
    const { findings, suspects } = judged({ kind: 'none' }, 1, withoutSpansOf('pricing'));
    expect(findings.filter(isPart)).toEqual([]);
    expect(suspects).toEqual([]);
  });
});

/** The callee's spans are lost at random: half of its time appears on the way to it. */
function withoutSpansOf(service: string) {
  return (arm: ArmData): ArmData => ({
    ...arm,
    selfTimes: arm.selfTimes.map((cell) => {
      if (cell.unit !== `checkout->${service}`) return cell;
      const longer = Math.round(64 * Math.log2(100));
      const buckets = cell.selfTimes.buckets.map((bucket) => bucket + longer);
      return { ...cell, selfTimes: { ...cell.selfTimes, buckets } };
    }),
  });
}
