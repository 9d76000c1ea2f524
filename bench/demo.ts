/** `npm run bench:demo -- [RUNS] [--full]`: the demo again and again, with and without its fault, and how often it went as it should. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../model.ts';

const words = process.argv.slice(2);
const runs = Number(words.find((word) => /^\d+$/.test(word)) ?? 10);
const length = words.includes('--full') ? [] : ['--fast'];

interface Run {
  readonly wentWell: boolean;
  /** From the first breaching sample to acceptance by Unleash; null where no budget burned. */
  readonly reactionSeconds: number | null;
  readonly line: string;
}

/** One run in a process of its own; its report says what was found. */
async function play(fault: boolean, number: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'hinge-bench-demo-'));
  const load = (loadavg()[0] ?? 0).toFixed(1);
  const startedMs = performance.now();
  try {
    const argv = [join(import.meta.dirname, '../demo/demo.ts'), ...length, ...(fault ? [] : ['--no-fault'])];
    const child = spawn(process.execPath, [...argv, '--out', folder, '--seed', String(number)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Ctrl-C reaches the demo by itself; other signals end it through us.
    const forward = () => child.kill('SIGTERM');
    process.once('SIGTERM', forward);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    process.removeListener('SIGTERM', forward);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    const proof = /recovery proved: .* in (\d+) s/.exec(out)?.[1] ?? '-';
    const reaction = /acceptance by Unleash: ([\d.]+) s/.exec(out)?.[1];
    const wentWell = code === 0 ? 'yes' : `no (${code})`;
    const cells = [
      number,
      fault ? 'fault' : 'none',
      wentWell,
      ...found(join(folder, 'report.json')),
      proof,
      reaction ?? '-',
      seconds,
      load,
    ];
    const complaints = code === 0 ? '' : `\n${out.slice(out.lastIndexOf('The story'))}`;
    const reactionSeconds = reaction === undefined ? null : Number(reaction);
    return { wentWell: code === 0, reactionSeconds, line: `| ${cells.join(' | ')} |${complaints}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Verdict, regressed findings, conclusion and first suspect; dashes where the run broke off before its report. */
function found(file: string): readonly (string | number)[] {
  if (!existsSync(file)) return ['-', '-', '-', '-'];
  const { verdict, findings, conclusion, suspects } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const regressed = findings.filter((finding) => finding.verdict === 'regressed').length;
  return [verdict, regressed, conclusion, suspects[0]?.service ?? '-'];
}

const tally = { fault: 0, none: 0 };
const reactions: number[] = [];
process.stdout.write(
  `${runs} runs each way, ${length.length > 0 ? 'fast' : 'full'}, ${availableParallelism()} cores\n\n`,
);
process.stdout.write(
  '| run | injected | as it should | verdict | regressed | conclusion | first suspect | recovery, s | breach to acceptance, s | run, s | load before |\n|---|---|---|---|---|---|---|---|---|---|---|\n',
);
for (let number = 1; number <= runs; number += 1) {
  for (const fault of [true, false]) {
    const { wentWell, reactionSeconds, line } = await play(fault, number);
    if (reactionSeconds !== null) reactions.push(reactionSeconds);
    if (wentWell) tally[fault ? 'fault' : 'none'] += 1;
    process.stdout.write(`${line}\n`);
  }
}
process.stdout.write(`\nwith the fault ${tally.fault} of ${runs}, without it ${tally.none} of ${runs}\n`);
const sorted = reactions.toSorted((a, b) => a - b);
const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? '-';
process.stdout.write(
  `first breaching sample to acceptance by Unleash, ${sorted.length} runs: median ${at(0.5)} s, 95th percentile ${at(0.95)} s, longest ${at(1)} s\n`,
);
process.exitCode = tally.fault === runs && tally.none === runs ? 0 : 1;
