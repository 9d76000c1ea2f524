/** hinge compare on labelled telemetry of real faults, OnlineBoutique, and how often it was right. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { main } from '../../hinge.ts';
import type { Report } from '../../model.ts';
import { type Block, type Row, shareRow } from './row.ts';

/** The data set is not part of the repository; docs/accuracy.md says where it comes from. */
const DATA = resolve(
  process.env.HINGE_BENCH_DATA ?? join(import.meta.dirname, '../../../shared/data'),
  'onlineboutique',
);

interface Label {
  readonly case: string;
  readonly faultType: string | null;
  readonly rootCauseService: string | null;
  readonly changedServicesInUpgrade: readonly string[];
}

interface Outcome {
  readonly name: string;
  readonly isControl: boolean;
  readonly report: Report;
  readonly seconds: number;
  /** Who is named: suspects, or leads where nothing regressed. */
  readonly named: readonly Named[];
  /** Rank of the faulty service among all that are named, and among those that the manifest names; null when it is not there. */
  readonly rank: number | null;
  readonly rankAmongChanged: number | null;
  readonly rootCause: string;
}

type Named = Pick<Report['suspects'][number], 'service' | 'changed'>;

async function compareCase(folder: string, scratch: string): Promise<Outcome> {
  const label = JSON.parse(readFileSync(join(DATA, folder, 'case.json'), 'utf8')) as Label;
  const changed = join(scratch, 'changed.json');
  const builds = label.changedServicesInUpgrade.map((service) => ({ service, from: 'v1', to: 'v2' }));
  writeFileSync(changed, JSON.stringify({ changed: builds }));
  const startedMs = performance.now();
  const report = await run([
    'compare',
    '--before',
    join(DATA, 'before-shared.ndjson.gz'),
    '--after',
    join(DATA, folder, 'after.ndjson.gz'),
    '--changed',
    changed,
    '--format',
    'json',
  ]);
  const named: readonly Named[] = report.suspects.length > 0 ? report.suspects : report.leads;
  const among = (list: readonly Named[]) => {
    const at = list.findIndex(({ service }) => service === label.rootCauseService);
    return at < 0 ? null : at + 1;
  };
  return {
    name: label.case,
    isControl: folder.includes('control'),
    report,
    seconds: (performance.now() - startedMs) / 1_000,
    named,
    rank: among(named),
    rankAmongChanged: among(named.filter(({ changed }) => changed)),
    rootCause: label.rootCauseService ?? '',
  };
}

async function run(argv: readonly string[]): Promise<Report> {
  let out = '';
  let complaint = '';
  const code = await main(argv, {
    environment: {},
    print: (text) => {
      out += text;
    },
    say: (text) => {
      complaint += `${text}\n`;
    },
    terminal: { colour: false, width: 100 },
    signal: new AbortController().signal,
  });
  if (code === 2 || code === 4) throw new Error(`hinge ${argv.join(' ')}: exit code ${code}: ${complaint}`);
  return JSON.parse(out) as Report;
}

function line({ name, report, named, rank, rankAmongChanged, seconds, isControl, rootCause }: Outcome): string {
  const regressed = report.findings.filter((finding) => finding.verdict === 'regressed').length;
  const [lead] = report.leads;
  const first = named[0]?.service ?? '-';
  const cells = [
    name,
    report.verdict,
    report.conclusion,
    String(regressed),
    isControl ? '-' : rootCause,
    lead === undefined ? first : `lead: ${first} (chance ${Number(lead.chance.toPrecision(2))})`,
    isControl ? '-' : (rank ?? '-'),
    isControl ? '-' : (rankAmongChanged ?? '-'),
    seconds.toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

const HEAD = [
  '| case | verdict | conclusion | regressed | faulty service | first suspect or lead | rank | among changed | seconds |',
  '|---|---|---|---|---|---|---|---|---|',
];

function summary(outcomes: readonly Outcome[]): Row[] {
  const faults = outcomes.filter((each) => !each.isControl);
  const controls = outcomes.filter((each) => each.isControl);
  const falselyFlagged = controls.filter((each) => each.report.verdict === 'regressed').length;
  const share = (what: string, atLeast: number, record: string, test: (each: Outcome) => boolean) =>
    shareRow(
      `OnlineBoutique: ${what}`,
      faults.filter(test).length,
      faults.length,
      { atLeast: atLeast / faults.length },
      record,
    );
  const byLead = faults.filter(({ rank, report }) => rank === 1 && report.suspects.length === 0).length;
  return [
    share('faults found', 22, '', (each) => each.report.verdict === 'regressed'),
    shareRow('OnlineBoutique: controls falsely flagged', falselyFlagged, controls.length, { atMost: 0 }),
    share('faulty service first, suspects or else leads', 23, 'Nezha, with logs: 92.86 %', (each) => each.rank === 1),
    shareRow('OnlineBoutique: of these, first as a lead only', byLead, faults.length, null),
    share('faulty service in the first three', 26, '', (each) => each.rank !== null && each.rank <= 3),
    share('faulty service first among the changed', 25, '', (each) => each.rankAmongChanged === 1),
  ];
}

/** All cases, however quick. @throws {Error} when the data set is not there. */
export const onlineboutiqueBlock: Block = async ({ say }) => {
  if (!existsSync(DATA))
    throw new Error(`${DATA}: there is no such folder; set HINGE_BENCH_DATA to the folder that holds onlineboutique`);
  const scratch = mkdtempSync(join(tmpdir(), 'hinge-accuracy-'));
  try {
    const outcomes: Outcome[] = [];
    for (const text of HEAD) say(text);
    const folders = readdirSync(DATA).filter((name) => existsSync(join(DATA, name, 'case.json')));
    for (const folder of folders.sort()) {
      const outcome = await compareCase(folder, scratch);
      outcomes.push(outcome);
      say(line(outcome));
    }
    return summary(outcomes);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};
