/** Whether spans around some slots were delivered twice: asked of each slot once, and again only when it has grown. */
import type { Database, Parameters } from './connect.ts';
import { ID_HASH, WINDOW } from './distinct.ts';
import { SLOT } from './spans.ts';

const ROWS = `SELECT ${SLOT} AS slot, count() AS rows FROM otel_traces WHERE ${WINDOW} GROUP BY slot`;

const REPEATED = `SELECT ${SLOT} AS slot, count() AS rows, rows > uniqExact(${ID_HASH}) AS repeated
FROM otel_traces WHERE ${WINDOW} AND slot IN {asked:Array(UInt32)} GROUP BY slot`;

interface Counted {
  readonly slot: number;
  readonly rows: number;
}

/** Takes the parameters of a derivation. A slot is in reach of several, and so is asked about by several sealings. */
export function createRepeatFinder(database: Database): (parameters: Parameters) => Promise<boolean> {
  let known = new Map<number, { readonly rows: number; readonly repeated: boolean }>();
  return async (parameters) => {
    const doing = 'look for spans that were delivered twice';
    const counted = await database.rows<Counted>({ sql: ROWS, parameters, doing });
    known = new Map(
      [...known].filter(([slot, { rows }]) => counted.some((now) => now.slot === slot && now.rows === rows)),
    );
    const asked = counted.map(({ slot }) => slot).filter((slot) => !known.has(slot));
    if (asked.length > 0) {
      const answers = await database.rows<Counted & { repeated: number }>({
        sql: REPEATED,
        parameters: { ...parameters, asked },
        doing,
      });
      for (const { slot, rows, repeated } of answers) known.set(slot, { rows, repeated: repeated === 1 });
    }
    return [...known.values()].some(({ repeated }) => repeated);
  };
}
