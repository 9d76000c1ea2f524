/** Faults 7 and 8: a disk that is full, and a data folder that cannot be written, under load; then all is well again. */

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { postJson } from '../../test/support/otlp.ts';
import { brokenOf, type Fault, type Outcome, type Scene } from './fault.ts';
import { whole } from './figures.ts';
import { joined, judge } from './judge.ts';
import { createBodies } from './numbered-bodies.ts';
import { enginePidOf } from './scratch.ts';
import { type Attempt, startSenders } from './senders.ts';
import { type Subject, startSubject } from './subject.ts';

const DISK_MIB = 300;

export const diskFull: Fault = {
  number: 7,
  title: `disk full (${DISK_MIB} MiB)`,
  expected: '503 with Retry-After, reads work, comes back by itself',
  async run(scene) {
    const dataDir = scene.scratch.folder('full');
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', dataDir]);
    if (mounted.status !== 0) return skipped('needs the right to mount');
    const ballast = join(dataDir, 'ballast');
    return await breakAndMend(scene, dataDir, {
      breakIt: () => fill(ballast),
      mendIt: () => rmSync(ballast),
    });
  },
};

export const readOnlyFolder: Fault = {
  number: 8,
  title: 'data folder that cannot be written',
  expected: '503 with Retry-After, /readyz red, no crash, comes back by itself',
  async run(scene) {
    const dataDir = scene.scratch.folder('read-only');
    const change = (flag: string) => spawnSync('chattr', ['-R', flag, join(dataDir, 'engine', 'store')]).status === 0;
    const isAllowed = spawnSync('chattr', ['+i', dataDir]).status === 0;
    spawnSync('chattr', ['-i', dataDir]);
    if (!isAllowed) return skipped('needs the right to chattr +i');
    return await breakAndMend(scene, dataDir, { breakIt: () => change('+i'), mendIt: () => change('-i') });
  },
};

const skipped = (why: string): Outcome => ({ figures: [], broken: [], skipped: `skipped: ${why}` });

interface Disk {
  readonly breakIt: () => void;
  readonly mendIt: () => void;
}

const COME_BACK_WITHIN_MS = 30_000;

async function breakAndMend({ signal, rounds }: Scene, dataDir: string, { breakIt, mendIt }: Disk): Promise<Outcome> {
  const seconds = rounds(15, 6);
  await using subject = await startSubject({ dataDir });
  const attempts: Attempt[] = [];
  const senders = startSenders({
    url: subject.url,
    senders: 4,
    makeBody: createBodies({ spans: 200, seed: 7 }),
    signal,
    againAfterMs: 200,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  await postJson(`${subject.running.apiUrl}/api/v1/upgrades`, { name: 'bad-disk', changed: [] });
  await sleep(2_000);
  const pidBefore = enginePidOf(dataDir);
  breakIt();
  const brokeMs = performance.now();
  await sleep(seconds * 1_000);
  const meanwhile = await look(subject);
  mendIt();
  const mendedMs = performance.now();
  await sleep(2_000);
  await senders.finish();
  const after = await look(subject);
  const during = attempts.filter(({ startMs, endMs }) => startMs > brokeMs && endMs < mendedMs);
  const refused = during.filter(({ status }) => status === 503 || status === 429);
  const wrong = during.filter(({ status, retryAfter }) => status !== 200 && retryAfter === undefined);
  const backMs = (attempts.find(({ status, endMs }) => status === 200 && endMs > mendedMs)?.endMs ?? NaN) - mendedMs;
  await using client = subject.openClient();
  return joined(
    {
      figures: [
        `${seconds} s: ${refused.length} of ${during.length} answers 503 with Retry-After; /readyz ${meanwhile.ready}, report ${meanwhile.report}`,
        `first 200 ${whole(backMs)} ms after it was mended; /readyz ${after.ready}`,
      ],
      broken: brokenOf([
        [refused.length > 0, 'nothing was refused'],
        [wrong.length === 0, `${wrong.length} answers were no 200 and had no Retry-After`],
        [meanwhile.report === 200, `the report answered ${meanwhile.report} meanwhile`],
        [meanwhile.ready === 503, `/readyz answered ${meanwhile.ready} while nothing could be committed`],
        [after.ready === 200, `/readyz answers ${after.ready} though all is well again`],
        [backMs <= COME_BACK_WITHIN_MS, 'it did not come back within 30 s'],
        [subject.running.process.exitCode === null, 'Hinge ended'],
        [pidBefore === enginePidOf(dataDir), 'the engine was started again'],
      ]),
    },
    await judge(client, senders.books),
  );
}

async function look({ running: { apiUrl } }: Subject): Promise<{ ready: number; report: number }> {
  const statusOf = async (path: string) => (await fetch(`${apiUrl}${path}`)).status;
  return {
    ready: await statusOf('/readyz'),
    report: await statusOf('/api/v1/upgrades/bad-disk/report?format=json'),
  };
}

const PIECE = Buffer.alloc(1024 * 1024);

/** Until the disk says that it is full. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let size = PIECE.length; size >= 1; size = Math.floor(size / 2)) {
      while (tryWrite(file, PIECE.subarray(0, size)));
    }
  } finally {
    closeSync(file);
  }
}

function tryWrite(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) > 0;
  } catch {
    return false;
  }
}
