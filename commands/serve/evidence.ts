/** The report as the controller reads it: made anew in the background, so that a budget that burns waits for no analysis. */

import type { UpgradeEvidence } from '../../flags/readings.ts';
import type { Clock } from '../../model.ts';
import type { KnownUpgrades } from './upgrades.ts';

export interface EvidenceOptions {
  readonly upgrades: Pick<KnownUpgrades, 'current' | 'evidence'>;
  readonly clock: Clock;
  /** The analysis is made anew after this long: it reads far more than the burn rate does. */
  readonly everyMs: number;
}

/** Of the current upgrade; null when there is none. Never older than twice `everyMs`: then the next one is waited for. */
export function createEvidence({ upgrades, clock, everyMs }: EvidenceOptions): () => Promise<UpgradeEvidence | null> {
  let last: { readonly atMs: number; readonly evidence: UpgradeEvidence | null } | undefined;
  let making: Promise<UpgradeEvidence | null> | undefined;

  async function make(): Promise<UpgradeEvidence | null> {
    const atMs = clock();
    const evidence = await read(upgrades);
    last = { atMs, evidence };
    return evidence;
  }

  function renew(): Promise<UpgradeEvidence | null> {
    making ??= make().finally(() => {
      making = undefined;
    });
    return making;
  }

  return async () => {
    const current = await upgrades.current();
    const isCurrent = (evidence: UpgradeEvidence | null) => evidence?.upgradeId === current?.upgrade.id;
    if (last === undefined || !isCurrent(last.evidence) || clock() - last.atMs > 2 * everyMs) {
      const evidence = await renew();
      // One that was under way already may be about the upgrade before.
      return isCurrent(evidence) ? evidence : renew();
    }
    // Its failure shows at the look that has to wait for it.
    if (clock() - last.atMs >= everyMs) renew().catch(() => {});
    return last.evidence;
  };
}

async function read(upgrades: EvidenceOptions['upgrades']): Promise<UpgradeEvidence | null> {
  const found = await upgrades.evidence();
  if (found === null) return null;
  const { upgrade, analysis, isComplete } = found;
  const { suspects, findings, conclusion, windows } = analysis;
  return {
    upgradeId: upgrade.id,
    changed: upgrade.changed.map(({ service }) => service),
    untilMs: windows.candidate.endMs,
    ...{ suspects, findings, conclusion, isComplete },
  };
}
