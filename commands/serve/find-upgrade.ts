/** Upgrades by their id, as people and programs name them. */

import { HingeError } from '../../errors.ts';
import type { Upgrade } from '../../model.ts';
import type { Readable } from '../../store/reader.ts';

export async function newestFirst({ upgrades }: Pick<Readable, 'upgrades'>): Promise<Upgrade[]> {
  return (await upgrades.list()).toSorted((a, b) => b.startedMs - a.startedMs);
}

/**
 * @param upgrades newest first
 * @param id or `latest`
 * @throws HingeError NOT_FOUND
 */
export function findUpgrade(id: string, upgrades: readonly Upgrade[]): Upgrade {
  const found = id === 'latest' ? upgrades[0] : upgrades.find((each) => each.id === id);
  if (found !== undefined) return found;
  const hint =
    upgrades.length === 0 ? 'mark one with hinge upgrade start --name NAME' : 'hinge upgrade list shows them';
  throw new HingeError('NOT_FOUND', id === 'latest' ? `no upgrade yet; ${hint}` : `no upgrade ${id}; ${hint}`);
}
