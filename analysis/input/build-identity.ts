/** A package's file and a running process, joined by the hash of the binary where telemetry tells it: exact, whatever the names. */

import type { Cell, ChangedBuild } from '../../model.ts';
import { shortBuild } from '../words.ts';

/**
 * An htlhash, 16 bytes in hex: the one identity that a file and its process share by itself. Versions and tags do not join, because
 * many services bear the same.
 */
const HASH = /^[0-9a-f]{32}$/;

export interface JoinedManifest {
  readonly changed: readonly ChangedBuild[];
  /** Sentences: what was joined under another name, and what runs another build than the package's. */
  readonly notes: readonly string[];
}

/**
 * The manifest under the names that telemetry knows. An entry whose binary ran under other names stands once for each of them;
 * an entry that no process can be joined to keeps its name. Of two entries for one service the one that was seen to run wins.
 */
export function joinBuilds(
  manifest: readonly ChangedBuild[],
  before: readonly Cell[],
  after: readonly Cell[],
): JoinedManifest {
  if (manifest.length === 0) return { changed: [], notes: [] };
  const [ranBefore, ranAfter] = [servicesByBuild(before), servicesByBuild(after)];
  const joined = manifest.map((entry) => ({ entry, services: servicesOf(entry, ranBefore, ranAfter) }));
  const exact = joined.flatMap(({ entry, services }) => services.map((service) => ({ ...entry, service })));
  const seen = new Set(exact.map(({ service }) => service));
  const named = joined.flatMap(({ entry, services }) =>
    services.length === 0 && !seen.has(entry.service) ? [entry] : [],
  );
  const renamed = joined.flatMap(({ entry, services }) => {
    const others = services.filter((service) => service !== entry.service);
    return others.length === 0
      ? []
      : [`${entry.path ?? entry.service} is what ${others.join(', ')} runs: joined by its build id.`];
  });
  const changed = [...new Map([...exact, ...named].map((entry) => [entry.service, entry])).values()];
  return { changed, notes: [...renamed, ...changed.flatMap((entry) => strangeBuild(entry, after))] };
}

/** Who ran the new build in the candidate, else the old one in the baseline; a hash that did not change tells nothing. */
function servicesOf(
  { from, to }: ChangedBuild,
  ranBefore: ReadonlyMap<string, ReadonlySet<string>>,
  ranAfter: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  if (from === to) return [];
  const services =
    (HASH.test(to) ? ranAfter.get(to) : undefined) ?? (HASH.test(from) ? ranBefore.get(from) : undefined);
  return [...(services ?? [])].sort();
}

function servicesByBuild(cells: readonly Cell[]): Map<string, Set<string>> {
  const services = new Map<string, Set<string>>();
  let last: Cell | null = null;
  for (const cell of cells) {
    const { service, build } = cell;
    const isKnown = last !== null && last.build === build && last.service === service;
    if (build !== '' && !isKnown) services.set(build, (services.get(build) ?? new Set()).add(service));
    last = cell;
  }
  return services;
}

/** Where processes tell hashes and none is the new package's, the upgrade is not what ran. */
function strangeBuild({ service, from, to }: ChangedBuild, after: readonly Cell[]): string[] {
  const builds = new Set(after.filter((cell) => cell.service === service).map(({ build }) => build));
  const hashes = [...builds].filter((build) => HASH.test(build)).sort();
  if (!HASH.test(to) || hashes.length === 0 || builds.has(to)) return [];
  const ran = hashes.map((build) => `${shortBuild(build)}${build === from ? ' (the old one)' : ''}`).join(', ');
  return [
    `${service} did not run the build of the package, ${shortBuild(to)}, in the candidate's time: it ran ${ran}.`,
  ];
}
