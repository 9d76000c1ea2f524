import { describe, expect, it } from 'vitest';
import type { JournalEntry, Upgrade } from '../../model.ts';
import { connectDatabase } from '../../store/connect.ts';
import { useEngine } from '../support/engine.ts';
import { T0_MS } from '../support/spans.ts';

const tests = useEngine();

const upgrade: Upgrade = {
  ...{ id: 'u1', name: `shop "2.0" it's`, startedMs: T0_MS + 123, finishedMs: null },
  changed: [{ service: 'cart', from: 'v1', to: 'v2', releasedAt: '2026-03-01T00:00:00Z', path: 'bin/cart' }],
};

describe('upgrades', () => {
  it('are listed as they were registered, oldest first', async () => {
    const { upgrades } = await tests.freshStore();
    expect(await upgrades.list()).toEqual([]);
    await upgrades.start(upgrade);
    const earlier = { ...upgrade, id: 'u0', startedMs: T0_MS, finishedMs: T0_MS + 1 };
    await upgrades.start(earlier);
    expect(await upgrades.list()).toEqual([earlier, upgrade]);
  });

  it('are finished once, and can be registered again', async () => {
    const { upgrades } = await tests.freshStore();
    await upgrades.start(upgrade);
    await upgrades.finish('u1', T0_MS + 60_000);
    expect(await upgrades.list()).toEqual([{ ...upgrade, finishedMs: T0_MS + 60_000 }]);
    await upgrades.start({ ...upgrade, name: 'again' });
    expect(await upgrades.list()).toEqual([{ ...upgrade, name: 'again' }]);
  });

  it('that are not there cannot be finished', async () => {
    const { upgrades } = await tests.freshStore();
    await expect(upgrades.finish('u9', 0)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('u9'),
    });
  });
});

const line = (sequence: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
  ...{
    sequence,
    atMs: T0_MS + sequence,
    actor: 'hinge',
    flag: 'retry',
    environment: 'production',
    upgradeId: 'u1',
    state: 'STEP_DOWN',
  },
  ...{
    intent: '{"rollout":50}',
    text: `line ${sequence}\nof "two"`,
    evidence: '{}',
    previousHash: `h${sequence - 1}`,
    hash: `h${sequence}`,
  },
  ...more,
});

describe('the journal', () => {
  it('gives back its lines in order of sequence', async () => {
    const { journal } = await tests.freshStore();
    for (const entry of [line(2), line(1), line(3)]) await journal.append(entry);
    expect(await journal.read()).toEqual([line(1), line(2), line(3)]);
  });

  it('takes the same line again without a second copy', async () => {
    const { journal } = await tests.freshStore();
    await journal.append(line(1));
    await journal.append(line(1));
    expect(await journal.read()).toEqual([line(1)]);
  });

  it('gives a number to one of two writers, and tells the other', async () => {
    const { journal } = await tests.freshStore();
    const lines = Array.from({ length: 8 }, (_, writer) => line(1, { hash: `w${writer}` }));
    const outcomes = await Promise.allSettled(lines.map((each) => journal.append(each)));
    const written = lines.filter((_, writer) => outcomes[writer]?.status === 'fulfilled');
    expect(written).toHaveLength(1);
    expect(await journal.read()).toEqual(written);
    await expect(journal.append(line(1))).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('line 1'),
    });
  });

  it('is read in pages', async () => {
    const { journal } = await tests.freshStore();
    for (const sequence of [1, 2, 3]) await journal.append(line(sequence));
    expect(await journal.page(0, 2)).toEqual([line(1), line(2)]);
    expect(await journal.page(2, 2)).toEqual([line(3)]);
    expect(await journal.page(3, 2)).toEqual([]);
  });
});

it('marks upgrades and intended changes for charts', async () => {
  const { upgrades, journal } = await tests.freshStore();
  await upgrades.start(upgrade);
  await upgrades.finish('u1', T0_MS + 5_000);
  await journal.append(line(1, { text: 'to 50 %' }));
  await journal.append(line(2, { intent: '', text: 'only looked' }));
  await using database = connectDatabase(tests.engine.connection, tests.database);
  expect(
    await database.rows({ sql: 'SELECT kind, text FROM markers ORDER BY time', doing: 'read the markers' }),
  ).toEqual([
    { kind: 'action', text: 'retry: to 50 %' },
    { kind: 'upgrade', text: `upgrade ${upgrade.name} started` },
    { kind: 'upgrade', text: `upgrade ${upgrade.name} finished` },
  ]);
});
