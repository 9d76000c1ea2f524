/** Who did it: known faults in a tree of services, and what the manifest says against them. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import type { Conclusion } from '../../model.ts';
import { type Fault, generateTree, SHOP } from '../support/generator-tree.ts';

const MANIFEST = ['gateway', 'checkout', 'pricing', 'inventory'].map((service) => ({
  service,
  from: `${service}-v1`,
  to: `${service}-v2`,
}));
const SEEDS = [1, 2, 3];

function attributed(fault: Fault, seed: number, changed = MANIFEST) {
  return analyse({ ...generateTree({ seed, services: SHOP, fault }), changed, settings: DEFAULT_SETTINGS, seed: 1 });
}

describe('the fault is laid at the right door', () => {
  it.each<[string, Fault, Conclusion, string]>([
    ['a changed service twice as slow', { kind: 'self', service: 'pricing', size: 1 }, 'BINARY', 'pricing'],
    ['a changed service slow in its tail', { kind: 'tail', service: 'inventory', size: 10 }, 'BINARY', 'inventory'],
    [
      'a slow network around a changed service',
      { kind: 'network', service: 'pricing', delayMs: 8 },
      'BINARY',
      'pricing',
    ],
    [
      'a slow network around a changed caller',
      { kind: 'network', service: 'checkout', delayMs: 8 },
      'BINARY',
      'checkout',
    ],
    ['a changed service that fails', { kind: 'errors', service: 'inventory', share: 0.05 }, 'BINARY', 'inventory'],
    [
      'a changed backoff towards a third party that then refuses more',
      { kind: 'backoff', service: 'checkout', callee: 'payments', share: 0.08, waitMs: 120 },
      'BINARY',
      'checkout',
    ],
    ['a service that the upgrade did not touch', { kind: 'self', service: 'catalog', size: 1 }, 'EXTERNAL', 'catalog'],
    ['a third party without telemetry', { kind: 'self', service: 'payments', size: 0.6 }, 'EXTERNAL', 'payments'],
    ['a third party that fails', { kind: 'errors', service: 'payments', share: 0.05 }, 'EXTERNAL', 'payments'],
  ])('%s', (_, fault, conclusion, service) => {
    for (const seed of SEEDS) {
      const { suspects, ...analysis } = attributed(fault, seed);
      expect({ seed, conclusion: analysis.conclusion, first: suspects[0]?.service }).toEqual({
        seed,
        conclusion,
        first: service,
      });
      expect(suspects[0]?.share).toBeGreaterThan(0.5);
      expect(suspects[0]?.evidence.length).toBeGreaterThan(0);
      expect(suspects[0]?.changed).toBe(MANIFEST.some((build) => build.service === service));
      expect(suspects.map(({ rank }) => rank)).toEqual(suspects.map((_suspect, index) => index + 1));
    }
  });

  it.each(SEEDS)('the environment, when every service slows down alike (seed %i)', (seed) => {
    expect(attributed({ kind: 'environment', size: 0.4 }, seed).conclusion).toBe('ENVIRONMENT');
  });

  it.each(SEEDS)('nobody, when nothing regressed (seed %i)', (seed) => {
    const analysis = attributed({ kind: 'none' }, seed);
    expect(analysis).toMatchObject({ conclusion: 'NONE', suspects: [] });
    expect(analysis.findings.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
  });

  it('a decoy: a caller that the upgrade did not change is not blamed for a third party that got worse', () => {
    const fault: Fault = { kind: 'backoff', service: 'checkout', callee: 'payments', share: 0.08, waitMs: 0 };
    const { suspects } = attributed(
      fault,
      1,
      MANIFEST.filter(({ service }) => service !== 'checkout'),
    );
    expect(suspects[0]).toMatchObject({ service: 'payments', changed: false });
  });
});

describe('what a suspect shows', () => {
  const { suspects, headline } = attributed({ kind: 'self', service: 'pricing', size: 1 }, 1);

  it('builds from the manifest, share with interval, evidence with numbers', () => {
    const [first] = suspects;
    expect(first).toMatchObject({ rank: 1, service: 'pricing', from: 'pricing-v1', to: 'pricing-v2', changed: true });
    expect(first?.interval?.[0]).toBeLessThanOrEqual(first?.share ?? 0);
    expect(first?.interval?.[1]).toBeGreaterThanOrEqual(first?.share ?? 1);
    expect(first?.evidence[0]).toMatch(
      /^self time per request of POST \/gateway went from [\d.]+ ms to [\d.]+ ms \(\+\d/,
    );
    expect(headline).toContain('first suspect pricing (pricing-v2)');
  });

  it('every changed service is listed, with what speaks against it', () => {
    for (const { service } of MANIFEST) expect(suspects.map((suspect) => suspect.service)).toContain(service);
    const innocent = suspects.filter(({ rank }) => rank > 1);
    expect(innocent.every(({ evidence }) => evidence.at(-1)?.startsWith('against it: '))).toBe(true);
  });

  it('builds as telemetry shows them where the manifest is silent', () => {
    const { suspects: unnamed } = attributed({ kind: 'self', service: 'catalog', size: 1 }, 1);
    expect(unnamed[0]).toMatchObject({ service: 'catalog', from: 'catalog-v1', to: 'catalog-v2', changed: false });
  });
});

describe('answers that leave work out', () => {
  const tree = generateTree({ seed: 1, services: SHOP, fault: { kind: 'none' }, requests: 800 });
  const settings = DEFAULT_SETTINGS;
  const withoutMost = tree.candidate.selfTimes.flatMap((cell) => {
    if (cell.unit !== 'checkout->pricing') return [cell];
    const counts = cell.selfTimes.counts.map((count) => Math.floor(count / 4));
    return [{ ...cell, requests: 1, spans: 1, selfTimes: { ...cell.selfTimes, counts } }];
  });

  it('a call that requests no longer make is named, and nothing is passed as unchanged', () => {
    const candidate = { ...tree.candidate, selfTimes: withoutMost };
    const { verdict, headline, health } = analyse({ ...tree, candidate, changed: [], settings, seed: 1 });
    expect(verdict).toBe('inconclusive');
    expect(headline).toContain('requests make much fewer calls on 1 edges between services');
    expect(health.notes[0]).toMatch(
      /^gateway POST \/gateway: calls checkout->pricing per request fell from 1\.00 to 0\.\d\d: check/,
    );
  });

  it('nothing is named where every request calls as before', () => {
    const { health } = analyse({ ...tree, changed: [], settings, seed: 1 });
    expect(health.notes.join()).not.toContain('per request fell');
  });
});
