/** Leads: where to look first when nothing regressed, and how often chance gives them. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { type Fault, generateTree, SHOP, type TreeTruth } from '../support/generator-tree.ts';

const MANIFEST = [{ service: 'pricing', from: 'pricing-v1', to: 'pricing-v2' }];

function judged(fault: Fault, seed: number, more: Partial<TreeTruth> = {}) {
  const arms = generateTree({ seed, services: SHOP, fault, requests: 60, instances: 1, ...more });
  return analyse({ ...arms, changed: MANIFEST, settings: DEFAULT_SETTINGS, seed: 1 });
}

describe('leads', () => {
  it('a fault below the bar is the first lead more often than any other service, of six', () => {
    const runs = Array.from({ length: 40 }, (_, seed) =>
      judged({ kind: 'self', service: 'pricing', size: 0.3 }, seed + 1),
    );
    const quiet = runs.filter(({ verdict }) => verdict !== 'regressed');
    expect(quiet.length).toBeGreaterThan(20);
    const first = quiet.map(({ leads }) => leads[0]?.service ?? 'nobody');
    const counts = [...Map.groupBy(first, (service) => service)].map(
      ([service, own]) => [service, own.length] as const,
    );
    const mostOften = counts.filter(([service]) => service !== 'nobody').sort(([, one], [, other]) => other - one)[0];
    expect(mostOften?.[0]).toBe('pricing');
  });

  it('chance is told as often as it comes: where nothing changed, few releases have a lead that few should have', () => {
    const chances = Array.from({ length: 60 }, (_, seed) => judged({ kind: 'none' }, seed + 1).leads[0]?.chance ?? 1);
    for (const limit of [0.1, 0.25, 0.5]) {
      const share = chances.filter((chance) => chance <= limit).length / chances.length;
      // Three standard errors of a share of sixty.
      expect(share).toBeLessThanOrEqual(limit + 3 * Math.sqrt((limit * (1 - limit)) / chances.length));
    }
  });

  it('each is significant alone, named with its builds, and told how many tests stood beside it', () => {
    const all = Array.from({ length: 20 }, (_, seed) => judged({ kind: 'none' }, seed + 1).leads).filter(
      ({ length }) => length > 0,
    );
    expect(all.length).toBeGreaterThan(0);
    for (const leads of all) {
      expect(leads.map(({ rank }) => rank)).toEqual(leads.map((_, index) => index + 1));
      expect(leads.length).toBeLessThanOrEqual(3);
      for (const { p, tests, chance, evidence, service, changed } of leads) {
        expect(p).toBeLessThanOrEqual(0.05);
        expect(chance).toBeCloseTo(1 - (1 - p) ** tests, 9);
        expect(evidence.length).toBeGreaterThan(0);
        expect(changed).toBe(service === 'pricing');
      }
      const strengths = leads.map(({ p }) => p);
      expect(strengths).toEqual([...strengths].sort((one, other) => one - other));
    }
  });

  it('none stand beside suspects', () => {
    const { verdict, leads, suspects } = judged({ kind: 'self', service: 'pricing', size: 3 }, 1, { requests: 1_000 });
    expect(verdict).toBe('regressed');
    expect(suspects[0]?.service).toBe('pricing');
    expect(leads).toEqual([]);
  });
});
