/** Which builds the upgrade changed: by the manifest, or, without one, by what the telemetry shows. */

import type { Cell, ChangedBuild } from '../../model.ts';
import { joinBuilds } from './build-identity.ts';
import { distinct } from './distinct.ts';
import { byEndpoint } from './endpoints.ts';
import { remember } from './remember.ts';

/**
 * The manifest, when it names anything, under the names of the processes that run its builds. Otherwise the services that both arms saw and that ran a build in the candidate
 * which the baseline did not know; empty when telemetry names no builds.
 */
export function changedBuilds(
  manifest: readonly ChangedBuild[],
  before: readonly Cell[],
  after: readonly Cell[],
): readonly ChangedBuild[] {
  if (manifest.length > 0) return joinBuilds(manifest, before, after).changed;
  const [old, present] = [buildsByService(before), buildsByService(after)];
  return [...old.keys()].sort().flatMap((service) => {
    const known = old.get(service) ?? new Set();
    const fresh = [...(present.get(service) ?? [])].filter((build) => !known.has(build));
    return fresh.length === 0 ? [] : [{ service, from: [...known].sort().join(', '), to: fresh.sort().join(', ') }];
  });
}

/** The builds that each service ran. */
export const buildsByService = remember((cells: readonly Cell[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const builds = new Map<string, Set<string>>();
  for (const own of byEndpoint(cells).values()) {
    const service = own[0]?.service ?? '';
    for (const build of distinct(own, (cell) => cell.build))
      if (build !== '') builds.set(service, (builds.get(service) ?? new Set()).add(build));
  }
  return builds;
});

/** What a reader must know where no manifest was given; empty otherwise. */
export function manifestNotes(manifest: readonly ChangedBuild[], changed: readonly ChangedBuild[]): string[] {
  if (manifest.length > 0) return [];
  if (changed.length === 0) return ['No manifest, and telemetry names no build that changed: no binary can be blamed.'];
  const names = changed.map(({ service }) => service).join(', ');
  return [`No manifest: the builds that differ in the telemetry stand in for it (${names}).`];
}
