/**
 * `npm run bench:ingest -- [--quick] [--spans N] [--rounds N] [--only NAME,NAME] [--lanes N] [--hold-merges] [--seed N]`:
 * what it costs to take telemetry in, beside the ordinary way and beside the engine alone. One table from one run on this
 * machine; sealing is not in it.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Measurement } from './ingest/measure.ts';
import { tableOf, wallRate, wholeRate } from './ingest/table.ts';
import { judge } from './ingest/targets.ts';
import { createWays, type NamedWay } from './ingest/ways.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    spans: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    // One exporter for each instance of the shop.
    lanes: { type: 'string', default: '120' },
    'hold-merges': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});
const spans = Number(values.spans ?? (values.quick ? 200_000 : 1_000_000));
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const holdsMerges = values['hold-merges'];
const lanes = Number(values.lanes);
const only = values.only?.split(',');

const folder = mkdtempSync(join(tmpdir(), 'hinge-bench-blocks-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const load = () => loadavg().map((each) => each.toFixed(2));
const progress = (text: string) => void process.stderr.write(`${text}\n`);

const measured = new Map<string, Measurement[]>();
const ways = createWays({ spans, folder, seed: Number(values.seed), lanes, holdsMerges }).filter(
  ({ name }) => only?.includes(name) ?? true,
);
const mainWays = ways.filter(({ isMain }) => isMain);
const otherWays = ways.filter(({ isMain }) => !isMain);
const heading = `${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}, ${spans} spans a way, ${rounds} rounds, ${lanes} requests at once, merges ${holdsMerges ? 'held until a load is over' : 'as they come'}, load before ${load().join(' ')}`;

for (let round = 1; round <= rounds; round++) {
  for (const way of mainWays) await run(way, `round ${round}`);
}
for (const way of otherWays) await run(way, 'once');

const rows = ways.flatMap(({ name, title }) => {
  const each = measured.get(name);
  return each === undefined ? [] : [{ title, rounds: each }];
});
process.stdout.write(`${heading}\n\n${tableOf(rows)}\n\n${judge(Object.fromEntries(measured))}\n`);

/** A way that fails does not take the figures of the others along. */
async function run(way: NamedWay, when: string): Promise<void> {
  const loadBefore = load()[0];
  const measurement = await way.run().catch((error: unknown) => {
    progress(`${way.name}, ${when}: FAILED: ${messageOf(error)}`);
    process.exitCode = 1;
  });
  if (measurement === undefined) {
    progress(`${way.name}, ${when}: no figures`);
    return;
  }
  measured.set(way.name, [...(measured.get(way.name) ?? []), measurement]);
  const { items, repeats } = measurement;
  const rates = `${wallRate(measurement).toFixed(0)} k/s, ${wholeRate(measurement).toFixed(0)} k per CPU-second`;
  const again = repeats > 0 ? `, ${repeats} requests were told to come again` : '';
  progress(`${way.name}, ${when}: ${items} items, ${rates}, load before ${loadBefore}${again}`);
}
