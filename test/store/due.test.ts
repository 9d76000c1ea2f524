/** Which slots are looked at: those that rows came for, and no others, however much is stored. */
import { expect, it } from 'vitest';
import { connectDatabase, type Database } from '../../store/connect.ts';
import { createDueFinder } from '../../store/sealing/due.ts';
import { createDerivation } from '../../store/window.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const MINUTE = 60_000;
const span = (minute: number) => ({
  trace: `t${minute}`,
  span: `s${minute}`,
  service: 's',
  name: 'op',
  startMs: minute * MINUTE,
  durationMs: 1,
});
const dueMs = (minute: number) => T0_MS + (minute + 2) * MINUTE;

it('counts the slots around new rows once, and none because parts were merged', async () => {
  const store = await tests.freshStore();
  await using database = connectDatabase(tests.engine.connection, tests.database);
  const counts: (readonly [fromMinute: number, untilMinute: number])[] = [];
  const watched: Database = {
    ...database,
    rows: (statement) => {
      const { from, until } = statement.parameters ?? {};
      if (from !== undefined) counts.push([minuteOf(Number(from)), minuteOf(Number(until))]);
      return database.rows(statement);
    },
  };
  const minuteOf = (seconds: number) => (seconds * 1_000 - T0_MS) / MINUTE;
  const cutting = { slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 };
  const findDue = createDueFinder(watched, createDerivation(cutting, 'stored'));
  const pass = async (nowMs: number) => {
    counts.length = 0;
    const due = await findDue(nowMs);
    due.settle();
    const found = ({ slots }: typeof due) => slots.map(({ slot }) => minuteOf(slot));
    return { due: found(due), counts: [...counts] };
  };

  await insertSpans(store, [0, 1, 2, 30].map(span));
  expect(await pass(dueMs(2))).toEqual({ due: [0, 1, 2], counts: [[-2, 4]] });
  expect(await pass(dueMs(2))).toEqual({ due: [], counts: [] });
  await insertSpans(store, [3].map(span));
  await database.run({ sql: 'OPTIMIZE TABLE otel_traces FINAL', doing: 'merge' });
  // The merge holds a part that was not seen before: all that it reaches is looked at again.
  expect((await pass(dueMs(3))).due).toEqual([0, 1, 2, 3]);
  await insertSpans(store, [4].map(span));
  expect((await pass(dueMs(3))).due).toEqual([3]);
  await database.run({ sql: 'OPTIMIZE TABLE otel_traces FINAL', doing: 'merge' });
  expect(await pass(dueMs(3))).toEqual({ due: [], counts: [] });
  expect((await pass(dueMs(4))).due).toContain(4);
  expect((await pass(dueMs(30))).due).toEqual([30]);
});
