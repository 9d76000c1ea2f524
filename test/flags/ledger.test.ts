/** The controller's memory beside a journal that fails, answers late, or is written to by somebody else. */
import { expect, it } from 'vitest';
import { verifyChain } from '../../flags/journal.ts';
import { createLedger, type Journal, type Line } from '../../flags/ledger.ts';
import { resume } from '../../flags/resume.ts';
import { INITIAL } from '../../flags/state.ts';
import type { JournalEntry } from '../../model.ts';
import { quiet } from '../support/unleash.ts';
import { BEHAVIOUR, NOW, policy } from './fixtures.ts';

type Fate = 'fine' | 'failed' | 'lost';

/** Writes the same line once, as the store does. */
function createStore() {
  const entries: JournalEntry[] = [];
  const store = { fate: 'fine' as Fate, entries };
  const journal: Journal = {
    async append(entry) {
      if (store.fate !== 'failed' && !entries.some(({ hash }) => hash === entry.hash)) entries.push(entry);
      if (store.fate !== 'fine') throw new Error('no answer');
    },
    read: async () => [...entries],
  };
  return { store, journal };
}

const ledgerOf = (
  journal: Journal,
  term: () => number | null = () => 0,
  onBroken: (reason: string) => void = () => {},
) => createLedger({ journal, clock: () => NOW, log: quiet, term, onBroken });

const line = (text: string): Line => ({
  policy: policy(),
  state: { ...INITIAL, phase: 'CONFIRMED', text, sinceMs: NOW },
  readings: null,
  intent: null,
  actor: 'hinge',
});

const texts = (entries: readonly JournalEntry[]): string[] => entries.map(({ text }) => text);

it.each<[string, Fate]>([
  ['was committed, with the answer lost', 'lost'],
  ['was not committed', 'failed'],
])('a line that %s comes before the next, once', async (_when, fate) => {
  const { store, journal } = createStore();
  const ledger = ledgerOf(journal);
  await ledger.open();
  store.fate = fate;
  await expect(ledger.record(line('one'))).rejects.toThrow('no answer');
  expect(ledger.stateOf(policy()).text).toBe('watching');
  store.fate = 'fine';
  await ledger.open();
  expect(ledger.stateOf(policy()).text).toBe('one');
  await ledger.record(line('two'));
  expect(texts(store.entries)).toEqual(['one', 'two']);
  expect(verifyChain(store.entries)).toEqual({ ok: true, lines: 2 });
});

it('a line whose place somebody else took is given up, and what they wrote counts', async () => {
  const { store, journal } = createStore();
  const ours = ledgerOf(journal);
  const theirs = ledgerOf(journal);
  await theirs.open();
  await ours.open();
  store.fate = 'failed';
  await expect(ours.record(line('ours'))).rejects.toThrow('no answer');
  store.fate = 'fine';
  await theirs.record(line('theirs'));
  await ours.open();
  expect(ours.stateOf(policy()).text).toBe('theirs');
  await ours.record(line('next'));
  expect(texts(store.entries)).toEqual(['theirs', 'next']);
});

it('who is not the active one writes no line', async () => {
  const { store, journal } = createStore();
  const ledger = ledgerOf(journal, () => null);
  await ledger.open();
  await expect(ledger.record(line('one'))).rejects.toThrow('not the active one');
  expect(store.entries).toEqual([]);
});

it('lines of an earlier version, which knew fewer fields, are resumed', () => {
  const { flag, environment } = BEHAVIOUR;
  const change = { change: { kind: 'disable' }, decidedMs: NOW, triedMs: NOW, eventId: null };
  const evidence = JSON.stringify({ state: { phase: 'KILL', text: 'off', sinceMs: NOW, change } });
  const old: JournalEntry = {
    ...{ sequence: 1, atMs: NOW, actor: 'hinge', flag, environment, upgradeId: 'u1', state: 'KILL' },
    ...{ intent: '{"kind":"disable"}', text: 'off', evidence, previousHash: '', hash: 'h' },
  };
  const { states, decisions } = resume([old]);
  expect([...states.values()]).toEqual([
    { ...INITIAL, phase: 'KILL', text: 'off', sinceMs: NOW, change: { ...change, firstMs: NOW, attempts: 1 } },
  ]);
  expect([...decisions.values()]).toEqual([{ environment, atMs: NOW }]);
});

it('who lost the lease and won it again reads what was written meanwhile before it writes', async () => {
  const { store, journal } = createStore();
  let term: number | null = 1;
  const ours = ledgerOf(journal, () => term);
  await ours.open();
  const theirs = ledgerOf(journal);
  await theirs.open();
  await theirs.record(line('theirs'));
  term = 3;
  await expect(ours.record(line('ours, of before'))).rejects.toThrow('not the active one');
  await ours.open();
  expect(ours.stateOf(policy()).text).toBe('theirs');
  await ours.record(line('ours'));
  expect(texts(store.entries)).toEqual(['theirs', 'ours']);
  expect(verifyChain(store.entries)).toMatchObject({ ok: true });
});

it('a journal that was tampered with is told whenever it is read', async () => {
  const { store, journal } = createStore();
  const ledger = ledgerOf(journal);
  await ledger.open();
  for (const text of ['one', 'two']) await ledger.record(line(text));
  const [first] = store.entries;
  if (first) store.entries[0] = { ...first, text: 'nothing happened' };
  const reasons: string[] = [];
  await ledgerOf(
    journal,
    () => 0,
    (reason) => reasons.push(reason),
  ).open();
  expect(reasons).toEqual(['line 1 was changed after it was written']);
});
