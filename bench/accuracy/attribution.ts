/** Whether the right binary is named: releases of random systems, four of twelve services changed, one of them at fault, or none. */

import { createRandom, type Random } from '../../analysis/statistics/random.ts';
import type { Conclusion } from '../../model.ts';
import { pickIndex, sampleOf } from '../../rehearse/draw.ts';
import type { Fault } from '../../test/support/workload/faults.ts';
import { armData, drawRelease } from '../../test/support/workload/release.ts';
import { drawSystem, type System, type SystemSize, shareOfTime } from '../../test/support/workload/system.ts';
import { type Block, type BlockOptions, type Row, shareRow } from './row.ts';
import { countOf, judge, NOISE, QUIET_HOUR_MS, repeat } from './simulate.ts';

const SIZE: SystemSize = { services: 12, instances: 10, roots: 3, depthOfCalls: 7 };
const CHANGED = 4;
const REQUESTS = 4_000;
const SLOTS = 6;
const SEEDS_APART = 1_000_000;
const BLAMING: readonly Conclusion[] = ['BINARY', 'CONTRIBUTING', 'CALL_PATTERN'];

/** A system, and a service that takes its part in the requests of the root endpoint where that part is the largest. */
interface Stage {
  readonly system: System;
  readonly service: string;
  /** Part of the mean time of that root endpoint, 0 to 1. */
  readonly share: number;
  readonly random: Random;
}

type FaultMaker = (stage: Stage) => readonly Fault[];

interface Scene {
  readonly what: string;
  readonly faults: FaultMaker;
  readonly size?: SystemSize;
}

/** A quarter more on the mean of the requests that pass the service. */
const slower: FaultMaker = ({ service, share }) => [{ kind: 'latency', service, effect: { slower: 0.25 / share } }];
const tailOnly: FaultMaker = ({ service, share }) => [{ kind: 'latency', service, effect: { tail: 0.6 / share } }];
/** Twice the requests of one root endpoint. */
const mixShift: FaultMaker = ({ system: { roots }, random }) => {
  const root = roots[Math.floor(random() * roots.length)];
  return root === undefined ? [] : [{ kind: 'mix', endpoint: root.operation.endpoint, factor: 2 }];
};
const environment: FaultMaker = () => [{ kind: 'environment', size: 0.3 }];

/** The hard kind of a mix: routes share endpoints, so that the mix moves their latency. */
const MIXED: SystemSize = { ...SIZE, sharedEndpoints: true };

export const attributionBlock: Block = async (options) => [
  ...rightFirst({ what: 'a service slower', faults: slower }, 0.97, options),
  ...rightFirst({ what: 'a service slower in its tail only', faults: tailOnly }, 0.95, options),
  ...rightFirst(
    {
      what: 'a service slower while the mix shifts',
      faults: (stage) => [...slower(stage), ...mixShift(stage)],
      size: MIXED,
    },
    0.9,
    options,
  ),
  ...wrongBlame({ what: 'a service that was not changed is slower', faults: slower }, options),
  ...wrongBlame({ what: 'the environment is 30 % slower', faults: environment }, options),
  ...wrongBlame({ what: 'only the mix shifts', faults: mixShift, size: MIXED }, options),
];

/** `guiltyChanged`: whether the service at fault is one of those that were changed. */
function judged(seed: number, { faults, size = SIZE }: Scene, guiltyChanged: boolean) {
  const random = createRandom(seed);
  const system = drawSystem(size, random);
  const weights = system.services.map(({ name }) => largestShare(system, name));
  // Each service that any request passes is as likely as the other.
  const at = pickIndex(
    weights.map((share) => (share > 0 ? 1 : 0)),
    random,
  );
  const [service, share] = [system.services[at]?.name ?? '', weights[at] ?? 0];
  const others = system.services.map(({ name }) => name).filter((name) => name !== service);
  const decoys = sampleOf(others, guiltyChanged ? CHANGED - 1 : CHANGED, random);
  const release = drawRelease({
    // The system was drawn from this seed: the requests must not be made of the same numbers.
    ...{ seed: seed + SEEDS_APART, system, noise: NOISE, requests: REQUESTS, slots: SLOTS, startMs: QUIET_HOUR_MS },
    changed: guiltyChanged ? [service, ...decoys] : decoys,
    faults: faults({ system, service, share, random }),
  });
  const arms = { baseline: armData(release.baseline), candidate: armData(release.candidate) };
  return { service, truth: release.truth, ...judge(arms, seed, release.changed) };
}

type Judged = ReturnType<typeof judged>;

const concludedRightly = ({ conclusion, truth }: Judged): boolean => conclusion === truth.conclusions[0];

const largestShare = ({ roots }: System, service: string): number =>
  Math.max(...roots.map(({ operation }) => shareOfTime(operation, service)));

function rightFirst(scene: Scene, atLeast: number, options: BlockOptions): Row[] {
  const { what } = scene;
  const runs = repeat(what, options.quick ? 30 : 200, options, (seed) => judged(seed, scene, true));
  const regressed = runs.filter(({ verdict }) => verdict === 'regressed');
  const first = countOf(regressed, ({ suspects, service }) => suspects[0]?.service === service);
  return [
    shareRow(`called regressed: ${what}`, regressed.length, runs.length, null),
    shareRow(`right binary first, of those: ${what}`, first, regressed.length, { atLeast }, RECORDS),
    shareRow(`concluded rightly, of all: ${what}`, countOf(runs, concludedRightly), runs.length, null),
  ];
}

const RECORDS = 'faulty service first: Nezha 87-93 %, inclusive latency 68-75 %, eleven models .21 (best .37)';

function wrongBlame(scene: Scene, options: BlockOptions): Row[] {
  const { what } = scene;
  const runs = repeat(what, options.quick ? 30 : 200, options, (seed) => judged(seed, scene, false));
  const regressed = runs.filter(({ verdict }) => verdict === 'regressed');
  const blamed = countOf(runs, ({ conclusion }) => BLAMING.includes(conclusion));
  return [
    shareRow(`a binary blamed though none is guilty: ${what}`, blamed, runs.length, { atMost: 0.05 }),
    shareRow(`called regressed: ${what}`, regressed.length, runs.length, null),
    shareRow(`concluded rightly, of all: ${what}`, countOf(runs, concludedRightly), runs.length, null),
  ];
}
