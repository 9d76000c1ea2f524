/** The rows of slots: the same number whether slots are counted one by one or grouped, to the nanosecond of their edges. */
import { expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { countedSlots } from '../../store/counted-slots.ts';
import type { Facts } from '../../store/spans.ts';
import { createDerivation } from '../../store/window.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const MINUTE_MS = 60_000;
const NS_IN_MS = 1e-6;
const T0_SECONDS = T0_MS / 1_000;

/** On both sides of an edge, two in one instant, empty slots between, and the very ends of both stretches. */
const STARTS_MS = [
  ...[-NS_IN_MS, 0, NS_IN_MS, MINUTE_MS, 2 * MINUTE_MS - NS_IN_MS, 2 * MINUTE_MS - NS_IN_MS],
  ...[4 * MINUTE_MS, 5 * MINUTE_MS - NS_IN_MS, 5 * MINUTE_MS, 16 * MINUTE_MS - NS_IN_MS, 16 * MINUTE_MS],
];

it.each([
  { slots: 6, facts: 'stored' as Facts, how: 'one by one' },
  { slots: 6, facts: 'derived' as Facts, how: 'in groups, in a table that may have no order of time' },
  { slots: 17, facts: 'stored' as Facts, how: 'in groups, because they are many' },
])('counts $slots slots $how', async ({ slots, facts }) => {
  const store = await tests.freshStore();
  const spans = STARTS_MS.map((startMs, index) => ({ trace: `t${index}`, span: `s${index}`, startMs }));
  await insertSpans(
    store,
    spans.map((span) => ({ ...span, service: 's', name: 'op', durationMs: 1 })),
  );
  await using database = connectDatabase(tests.engine.connection, tests.database);
  const derivation = createDerivation({ slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 }, facts);
  const stretch = { from: T0_SECONDS - 60, until: T0_SECONDS + (slots - 1) * 60 };
  const counted = await database.rows<Counted>({
    sql: `${countedSlots(stretch, derivation)} ORDER BY slot`,
    parameters: { width: 60 },
    doing: 'count slots',
  });
  expect(counted.map((each) => ({ ...each, slot: (each.slot - T0_SECONDS) / 60 }))).toEqual(expected(slots));
});

interface Counted {
  readonly slot: number;
  readonly rows: number;
  readonly around: number;
}

/** Of so many slots from the one before T0 on. */
function expected(slots: number): Counted[] {
  const rowsOf = (slot: number) =>
    slot < slots - 1 ? STARTS_MS.filter((startMs) => Math.floor(startMs / MINUTE_MS) === slot).length : 0;
  return Array.from({ length: slots }, (_, index) => index - 1)
    .map((slot) => ({ slot, rows: rowsOf(slot), around: rowsOf(slot - 1) + rowsOf(slot) + rowsOf(slot + 1) }))
    .filter(({ rows }) => rows > 0);
}
