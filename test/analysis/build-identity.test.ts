/** Package files and running processes: one identity, whatever the names. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { joinBuilds } from '../../analysis/input/build-identity.ts';
import type { ArmData } from '../../analysis/input/settings.ts';
import { diffPackages } from '../../commands/package/diff.ts';
import { htlhash } from '../../commands/package/htlhash.ts';
import { readPackage } from '../../commands/package/read.ts';
import type { Cell, ChangedBuild } from '../../model.ts';
import { openFolder, writeZip } from '../commands/package/zips.ts';
import { armData, drawRelease } from '../support/workload/release.ts';
import { shop } from '../support/workload/system.ts';

const [OLD, NEW, OTHER] = ['old', 'new', 'other'].map((content) => htlhash(Buffer.from(content))) as [
  string,
  string,
  string,
];

const ran = (...pairs: readonly (readonly [service: string, build: string])[]): Cell[] =>
  pairs.map(([service, build]) => ({
    ...{ service, build, endpoint: 'GET /', kind: 'SERVER', peer: '', variant: '', instance: 'i', slotMs: 0 },
    ...{ calls: 1, errors: 0, retries: 0, logicalCalls: 1 },
    ...{ durations: { buckets: [1], counts: [1] }, retryGaps: { buckets: [], counts: [] } },
  }));

const CART: ChangedBuild = { service: 'cartd', from: OLD, to: NEW, path: 'bin/cartd' };

describe('the services that a package changes', () => {
  it.each<[string, ChangedBuild, readonly Cell[], readonly Cell[], readonly string[]]>([
    ['the process that runs the new build, under its own name', CART, ran(['cart', OLD]), ran(['cart', NEW]), ['cart']],
    ['every service that runs the binary', CART, [], ran(['cart', NEW], ['basket', NEW]), ['basket', 'cart']],
    ['who ran the old build, where the new one is not seen', CART, ran(['cart', OLD]), ran(['cart', OTHER]), ['cart']],
    ['the file name, where no process tells a hash', CART, ran(['cartd', '1']), ran(['cartd', '2']), ['cartd']],
    ['the file name, where nothing runs', CART, [], [], ['cartd']],
    [
      'no version, which many services bear',
      { ...CART, from: '1', to: '2' },
      ran(['cart', '1']),
      ran(['cart', '2']),
      ['cartd'],
    ],
    ['no hash that did not change', { ...CART, to: OLD }, ran(['cart', OLD]), ran(['cart', OLD]), ['cartd']],
  ])('%s', (_, entry, before, after, services) => {
    const { changed } = joinBuilds([entry], before, after);
    expect(changed).toEqual(services.map((service) => ({ ...entry, service })));
  });

  it('a file that bears the name of a service whose process runs another file yields to it', () => {
    const helper = { service: 'cart', from: OTHER, to: htlhash(Buffer.from('helper')), path: 'bin/cart' };
    expect(joinBuilds([helper, CART], ran(['cart', OLD]), ran(['cart', NEW])).changed).toEqual([
      { ...CART, service: 'cart' },
    ]);
  });

  it.each<[string, readonly Cell[], readonly RegExp[]]>([
    ['says which name it went by', ran(['cart', NEW]), [/^bin\/cartd is what cart runs: joined by its build id\.$/]],
    ['is silent where the names agree', ran(['cartd', NEW]), []],
    [
      'says that the old build still runs',
      ran(['cartd', OLD]),
      [/^cartd did not run the build of the package, [0-9a-f]{12}, .* it ran [0-9a-f]{12} \(the old one\)\.$/],
    ],
    ['says that a build of nobody runs', ran(['cartd', OTHER]), [/it ran [0-9a-f]{12}\.$/]],
    ['is silent where processes tell versions', ran(['cartd', '2']), []],
  ])('%s', (_, after, notes) => {
    expect(joinBuilds([CART], [], after).notes).toEqual(notes.map((note) => expect.stringMatching(note)));
  });
});

describe('from two packages to the suspect', () => {
  it('the guilty process is named by the hash of its file, though the file is called otherwise', async () => {
    await using folder = await openFolder();
    const zip = (name: string, version: string) =>
      writeZip(join(folder.path, name), { 'bin/prc-srv': `prices ${version}`, 'bin/cat-srv': `catalog ${version}` });
    const [previous, next] = [await zip('old.zip', '1'), await zip('new.zip', '2')];
    const { changed } = diffPackages(await readPackage(previous), await readPackage(next));
    expect(changed.map(({ service }) => service)).toEqual(['cat-srv', 'prc-srv']);

    const running: Readonly<Record<string, string>> = {
      'pricing-v1': htlhash(Buffer.from('prices 1')),
      'pricing-v2': htlhash(Buffer.from('prices 2')),
      'catalog-v1': htlhash(Buffer.from('catalog 1')),
      'catalog-v2': htlhash(Buffer.from('catalog 2')),
    };
    const release = drawRelease({
      ...{ seed: 1, system: shop(), changed: ['pricing', 'catalog'], requests: 2_000, paired: true },
      faults: [{ kind: 'latency', service: 'pricing', effect: { slower: 1 } }],
    });
    const rename = ({ cells, selfTimes, ...rest }: ArmData): ArmData => ({
      ...rest,
      cells: cells.map((cell) => ({ ...cell, build: running[cell.build] ?? cell.build })),
      selfTimes: selfTimes.map((cell) => ({ ...cell, build: running[cell.build] ?? cell.build })),
    });
    const { conclusion, suspects, health } = analyse({
      ...{ baseline: rename(armData(release.baseline)), candidate: rename(armData(release.candidate)) },
      ...{ changed, settings: DEFAULT_SETTINGS, seed: 1 },
    });
    expect(conclusion).toBe('BINARY');
    expect(suspects[0]).toMatchObject({ service: 'pricing', changed: true, to: running['pricing-v2'] });
    expect(health.notes).toContain('bin/prc-srv is what pricing runs: joined by its build id.');
  });
});
