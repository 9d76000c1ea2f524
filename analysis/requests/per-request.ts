/** What a service does per request that reaches it, old against new, within root endpoints: tested and sized. */

import { sum } from 'simple-statistics';
import type { ChangedBuild, Control } from '../../model.ts';
import { type Cluster, type ClusteredArms, clusterArms } from '../control/cluster.ts';
import { chooseArms } from '../control/control.ts';
import { type PersistenceInput, windowsOf } from '../detection/persistence.ts';
import { addUp, addUpEach, type Count } from '../statistics/counts.ts';
import { compareRates, type RateComparison } from '../statistics/ratio.ts';
import { type Strata, standardise } from '../statistics/standardise.ts';
import type { RequestRecord } from './requests.ts';

export interface PerRequestInput {
  readonly before: PerRequestArm;
  readonly after: PerRequestArm;
  readonly manifest: ChangedBuild | undefined;
}

export interface PerRequestArm {
  readonly records: readonly RequestRecord[];
  /** Calls into the service by root endpoint; where it has none, each request counts as one. */
  readonly callsIn: ReadonlyMap<string, number>;
  /** Attempts per logical call: repeated attempts are judged elsewhere and are taken out of the count. */
  readonly attempts: number;
}

export interface PerRequest {
  readonly control: Control;
  readonly arms: ClusteredArms<RequestRecord>;
  /** Rates per call into the service, within the root endpoints that ever do it, standardised to one mix of them. */
  readonly test: RateComparison;
  /** Plain counts over all root endpoints. */
  readonly counts: { readonly baseline: Count; readonly candidate: Count };
  /** The candidate's thirds. */
  readonly windows: PersistenceInput['windows'];
}

/** Null where no root endpoint reaches the service in both arms. */
export function comparePerRequest({ before, after, manifest }: PerRequestInput): PerRequest | null {
  const chosen = chooseArms(before.records, after.records, manifest);
  // Two builds that serve together share the calls into the service: who of them got how many is not known.
  const [callsBefore, callsAfter] =
    chosen.control === 'concurrent'
      ? [new Map<string, number>(), new Map<string, number>()]
      : [callsPerRequest(before), callsPerRequest(after)];
  const doing = new Set(
    [...chosen.baseline, ...chosen.candidate].filter(({ done }) => done > 0).map(({ root }) => root),
  );
  const isDoing = ({ root }: RequestRecord) => doing.has(root);
  const arms = clusterArms(
    chosen.baseline.filter(isDoing),
    chosen.candidate.filter(isDoing),
    ({ requests }) => requests,
  );
  const [old, fresh] = [count(before, callsBefore), count(after, callsAfter)];
  const { baseline, candidate } = standardise(arms.baseline.map(byRoot(old)), arms.candidate.map(byRoot(fresh)));
  if (!(addUp(baseline.counts).exposure > 0) || !(addUp(candidate.counts).exposure > 0)) return null;
  const leastVariances = { baseline: baseline.leastVariance, candidate: candidate.leastVariance };
  return {
    control: chosen.control,
    arms,
    test: compareRates(baseline.counts, candidate.counts, { paired: arms.paired, noise: 'poisson', leastVariances }),
    counts: { baseline: addUpEach(chosen.baseline, old), candidate: addUpEach(chosen.candidate, fresh) },
    windows: windowsOf(chosen.candidate.filter(isDoing)).map((records) => [addUpEach(records, fresh)]),
  };
}

type Counter = (record: RequestRecord) => Count;

function count({ attempts }: PerRequestArm, callsIn: ReadonlyMap<string, number>): Counter {
  return ({ root, requests, done }) => ({ events: done / attempts, exposure: requests * (callsIn.get(root) ?? 1) });
}

function callsPerRequest({ records, callsIn }: PerRequestArm): Map<string, number> {
  const roots = [...Map.groupBy(records, ({ root }) => root)];
  return new Map(
    roots.flatMap(([root, own]): [string, number][] => {
      const [calls, requests] = [callsIn.get(root) ?? 0, sum(own.map((record) => record.requests))];
      return calls > 0 && requests > 0 ? [[root, calls / requests]] : [];
    }),
  );
}

function byRoot(counter: Counter) {
  return ({ members }: Cluster<RequestRecord>): Strata =>
    new Map([...Map.groupBy(members, ({ root }) => root)].map(([root, own]) => [root, addUpEach(own, counter)]));
}
