/** Notices over real HTTP: what they say, that they get through, and that they hold nobody up. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { policyOf } from '../../../flags/behaviour.ts';
import { createLedger } from '../../../flags/ledger.ts';
import { GIVE_UP_MS, MOST_WAITING } from '../../../flags/notices/outbox.ts';
import { signatureHeaders } from '../../../flags/notices/sign.ts';
import { keyOfTarget } from '../../../flags/notices/target.ts';
import { createCursor, createNotices, type NoticesOptions, type Target, telling } from '../../../flags/notices.ts';
import { INITIAL } from '../../../flags/state.ts';
import type { ControllerState, JournalEntry } from '../../../model.ts';
import { cursorInMemory, journalOf, keptLog, openReceiver, type Receiver, START_MS } from './scene.ts';

const CANARY = 'whsec_Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5';
const PATH_CANARY = 'T0CANARY';
const log = keptLog();
const folder = mkdtempSync(join(tmpdir(), 'hinge-notices-'));
afterAll(() => rmSync(folder, { recursive: true }));

function targetOf(receiver: Receiver, more: Partial<Target> = {}): Target {
  const url = `${receiver.url}/${PATH_CANARY}`;
  return { url, secret: CANARY, allowPrivate: true, format: 'hinge', on: ['KILL', 'HOLD'], ...more };
}

/** Notices whose pauses move the clock and take no time. */
function open(target: Target, more: Partial<NoticesOptions> = {}) {
  const pauses: number[] = [];
  let nowMs = START_MS;
  const notices = createNotices({
    targets: [target],
    publicUrl: 'https://hinge.example/ops/',
    cursor: cursorInMemory({ [keyOfTarget(target)]: 0 }),
    clock: () => nowMs,
    random: () => 0.5,
    log,
    sleep: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
    ...more,
  });
  return { notices, pauses };
}

const READINGS = {
  newestDataMs: START_MS,
  slos: [
    {
      slo: 'checkout <is> fast',
      objective: 0.99,
      rules: [
        {
          rule: { longMs: 3_600_000, shortMs: 300_000, rate: 14.4 },
          long: { good: 7_000, total: 10_000 },
          short: { good: 600, total: 1_000 },
        },
      ],
      recovery: null,
    },
  ],
  exposure: { exposed: 3, instances: 4 },
  suspects: [{ rank: 1, service: 'checkout', share: 0.8 }],
};

const told = async (receiver: Receiver, count: number): Promise<void> =>
  vi.waitFor(() => expect(receiver.received.length).toBe(count), 5_000);

const flagsIn = (receiver: Receiver): string[] =>
  receiver.received.map(({ body }) => (JSON.parse(body) as { data: { flag: string } }).data.flag);

const named = (...flags: string[]): JournalEntry[] => journalOf(flags.map((flag) => ({ flag })));

describe('a notice', () => {
  it('says the decision, its numbers and where to look, and is signed', async () => {
    await using receiver = await openReceiver();
    const [entry] = journalOf([{ evidence: JSON.stringify({ state: {}, readings: READINGS }) }]);
    if (entry === undefined) throw new Error('no line');
    const { notices } = open(targetOf(receiver));
    notices.tell(entry);
    await told(receiver, 1);
    const [first] = receiver.received;
    if (first === undefined) throw new Error('nothing came');
    const { headers, body } = first;
    expect(JSON.parse(body)).toEqual({
      type: 'hinge.decision',
      timestamp: '2026-01-05T14:32:00.000Z',
      data: {
        id: `hinge_${entry.hash.slice(0, 32)}`,
        decision: 'KILL',
        text: 'turning checkout.retry off, because "fast" burns',
        flag: 'checkout.retry',
        environment: 'production',
        upgradeId: '2026-01-05-checkout',
        actor: 'hinge',
        change: { kind: 'disable' },
        slos: [
          {
            slo: 'checkout <is> fast',
            objective: 0.99,
            figures: [
              { windowSeconds: 300, good: 600, total: 1_000, badShare: 0.4, burnRate: expect.closeTo(40, 9) },
              {
                windowSeconds: 3_600,
                good: 7_000,
                total: 10_000,
                badShare: expect.closeTo(0.3, 9),
                burnRate: expect.closeTo(30, 9),
              },
            ],
          },
        ],
        exposure: { exposed: 3, instances: 4 },
        suspects: [{ rank: 1, service: 'checkout', share: 0.8 }],
        link: 'https://hinge.example/ops/upgrades/2026-01-05-checkout',
      },
    });
    const key = Buffer.from(CANARY.slice('whsec_'.length), 'base64');
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const expected = createHmac('sha256', key).update(content).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(headers['webhook-timestamp']).toBe(String(START_MS / 1_000));
    await notices[Symbol.asyncDispose]();
  });

  it('is text for Slack, where names can neither link nor call', async () => {
    await using receiver = await openReceiver();
    const text = '<!channel> & co';
    const { notices } = open({ url: receiver.url, allowPrivate: true, format: 'slack', on: ['KILL'] });
    for (const entry of journalOf([{ text, evidence: JSON.stringify({ readings: READINGS }) }])) notices.tell(entry);
    await told(receiver, 1);
    const [{ headers, body } = { headers: {}, body: '{}' }] = receiver.received;
    expect(headers).not.toHaveProperty('webhook-signature');
    expect((JSON.parse(body) as { text: string }).text.split('\n')).toEqual([
      '*KILL* checkout.retry in production, 2026-01-05T14:32:00.000Z',
      '&lt;!channel&gt; &amp; co',
      '• checkout &lt;is&gt; fast (may be 1 %): 40 % of 1000 bad in 5 min, burning 40 times too fast; 30 % of 10000 bad in 60 min, burning 30 times too fast',
      '• first suspect: checkout',
      '<https://hinge.example/ops/upgrades/2026-01-05-checkout|Report of upgrade 2026-01-05-checkout>',
    ]);
    await notices[Symbol.asyncDispose]();
  });

  it('signs as the reference vector of Standard Webhooks says', () => {
    const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
    const signed = signatureHeaders(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      id,
      1_614_265_330_000,
      '{"test": 2432232314}',
    );
    expect(signed).toEqual({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is sent of the states that were asked for', async () => {
    await using receiver = await openReceiver();
    const states: ControllerState[] = ['CONFIRMED', 'KILL', 'VERIFY_RECOVERY', 'HOLD'];
    const { notices } = open(targetOf(receiver));
    for (const entry of journalOf(states.map((state) => ({ state, flag: state })))) notices.tell(entry);
    await told(receiver, 2);
    expect(flagsIn(receiver)).toEqual(['KILL', 'HOLD']);
    await notices[Symbol.asyncDispose]();
  });
});

describe('a receiver that fails', () => {
  it('is tried again, later and later, with the same id and a signature of that hour', async () => {
    const answers = [503, [429, { 'retry-after': '30' }], 500] as const;
    await using receiver = await openReceiver((n) => answers[n] ?? 204);
    const { notices, pauses } = open(targetOf(receiver));
    for (const entry of named('one', 'two')) notices.tell(entry);
    await told(receiver, 5);
    expect(pauses).toEqual([750, 30_000, 3_000]);
    expect(flagsIn(receiver)).toEqual(['one', 'one', 'one', 'one', 'two']);
    const heads = receiver.received.slice(0, 4).map(({ headers }) => headers);
    expect(new Set(heads.map((each) => each['webhook-id'])).size).toBe(1);
    expect(heads.map((each) => Number(each['webhook-timestamp']) - START_MS / 1_000)).toEqual([0, 0, 30, 33]);
    await notices[Symbol.asyncDispose]();
  });

  it.each([{ status: 400 }, { status: 404 }, { status: 302 }])(
    'with $status is not asked again, and holds nothing up',
    async ({ status }) => {
      await using receiver = await openReceiver((n) => (n === 0 ? status : 204));
      const { notices, pauses } = open(targetOf(receiver));
      for (const entry of named('one', 'two')) notices.tell(entry);
      await told(receiver, 2);
      expect([flagsIn(receiver), pauses]).toEqual([['one', 'two'], []]);
      await notices[Symbol.asyncDispose]();
    },
  );

  it('is given up after six hours, and what is younger goes on', async () => {
    let open_ = false;
    await using receiver = await openReceiver(() => (open_ ? 204 : 503));
    const target = targetOf(receiver);
    const { notices, pauses } = open(target);
    const [old, young] = journalOf([{ flag: 'old' }, { flag: 'young', atMs: START_MS + GIVE_UP_MS }]);
    if (old === undefined || young === undefined) throw new Error('no lines');
    notices.tell(old);
    await vi.waitFor(() => expect(log.lines.at(-1)).toMatch(/given up/), 5_000);
    expect(pauses.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(GIVE_UP_MS);
    expect(receiver.received.length).toBeGreaterThan(70);
    open_ = true;
    notices.tell(young);
    await vi.waitFor(() => expect(flagsIn(receiver).at(-1)).toBe('young'), 5_000);
    await notices[Symbol.asyncDispose]();
  });

  it('that says nothing blocks nobody: lines are taken at once, the oldest go when too many wait', async () => {
    await using receiver = await openReceiver();
    const url = receiver.url.replace('127.0.0.1', 'nowhere.test');
    const hanging = open({ ...targetOf(receiver), url }, { resolve: () => new Promise(() => {}) });
    const many = journalOf(Array.from({ length: MOST_WAITING + 2 }, () => ({})));
    const before = log.lines.length;
    for (const entry of many) hanging.notices.tell(entry);
    await vi.waitFor(() => expect(log.lines.length).toBe(before + 2));
    expect(log.lines.at(-1)).toMatch(/1000 notices wait: the oldest is dropped/);
    await hanging.notices[Symbol.asyncDispose]();
  });
});

describe('a restart', () => {
  it('tells what waited, once, from the journal and the place kept in a file', async () => {
    let isOpen = false;
    await using receiver = await openReceiver(() => (isOpen ? 204 : 503));
    const target = targetOf(receiver);
    const file = join(folder, 'place', 'notices.json');
    const lines = named('told', 'waits', 'waits too', 'later');
    const run = (sleep: NoticesOptions['sleep']) =>
      open(target, { cursor: createCursor(file, log), ...(sleep && { sleep }) });

    const first = run((_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)));
    first.notices.catchUp([], true);
    isOpen = true;
    first.notices.tell(lines[0] as JournalEntry);
    await told(receiver, 1);
    isOpen = false;
    for (const entry of lines.slice(1, 3)) first.notices.tell(entry);
    await told(receiver, 2);
    await first.notices[Symbol.asyncDispose]();
    expect(Object.values(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual([1]);

    isOpen = true;
    const second = run(undefined);
    second.notices.catchUp(lines.slice(0, 3), true);
    second.notices.tell(lines[3] as JournalEntry);
    await told(receiver, 5);
    expect(flagsIn(receiver)).toEqual(['told', 'waits', 'waits', 'waits too', 'later']);
    await second.notices[Symbol.asyncDispose]();
    expect(Object.values(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual([4]);
  });

  it.each([
    { what: 'a new target is not told of old times', place: {}, lines: 3, upTo: 4 },
    { what: 'a place beyond the end belongs to a journal that is no more', place: { at: 40 }, lines: 0, upTo: 1 },
    { what: 'what is older than six hours is not told', place: { at: 0 }, lines: 2, upTo: 3, ageMs: GIVE_UP_MS + 1 },
  ])('$what', async ({ place, lines, upTo, ageMs = 0 }) => {
    await using receiver = await openReceiver();
    const target = targetOf(receiver);
    const cursor = cursorInMemory('at' in place ? { [keyOfTarget(target)]: place.at ?? 0 } : {});
    const { notices } = open(target, { cursor });
    const flags = ['a', 'b', 'c', 'd'].slice(0, upTo);
    const journal = journalOf(flags.map((flag, index) => ({ flag, atMs: START_MS - (index < lines ? ageMs : 0) })));
    notices.catchUp(journal.slice(0, lines), true);
    notices.tell(journal[upTo - 1] as JournalEntry);
    await told(receiver, 1);
    expect(flagsIn(receiver)).toEqual(flags.slice(-1));
    await vi.waitFor(() => expect(cursor.place()).toBe(upTo));
    await notices[Symbol.asyncDispose]();
  });

  it('a place that cannot be read or kept is said once, and notices go out all the same', async () => {
    await using receiver = await openReceiver();
    const file = join(folder, 'spoilt.json');
    writeFileSync(file, 'not JSON');
    const lines = log.lines.length;
    const { notices } = open(targetOf(receiver), { cursor: createCursor(join(file, 'below'), log) });
    notices.catchUp([], true);
    for (const entry of named('one', 'two')) notices.tell(entry);
    await told(receiver, 2);
    await notices[Symbol.asyncDispose]();
    expect(log.lines.slice(lines)).toEqual([expect.stringMatching(/will not survive a restart/)]);
  });
});

it('a second Hinge leaves the telling to the first, and in its place tells what that may not have told', async () => {
  await using receiver = await openReceiver();
  const { notices } = open(targetOf(receiver));
  const minutesAgo = [400, 6, 4, 1];
  const lines = journalOf(minutesAgo.map((ago) => ({ flag: `${ago} min ago`, atMs: START_MS - ago * 60_000 })));
  notices.catchUp(lines.slice(0, 3), false);
  notices.catchUp(lines, false);
  notices.catchUp(lines, true);
  await told(receiver, 2);
  expect(flagsIn(receiver)).toEqual(['4 min ago', '1 min ago']);
  await notices[Symbol.asyncDispose]();
});

it('a line whose answer from the store was lost is told once it is found committed', async () => {
  await using receiver = await openReceiver();
  const committed: JournalEntry[] = [];
  let isLost = true;
  const { notices } = open(targetOf(receiver));
  const journal = telling(
    {
      async append(entry) {
        committed.push(entry);
        if (isLost) throw new Error('the answer was lost');
      },
      read: async () => [...committed],
    },
    notices,
  );
  const slo = { name: 'fast', service: 's', indicator: 'errors', objective: 0.99 } as const;
  const policy = policyOf({ name: 'b', service: 's', flag: 'f', environment: 'e', slos: ['fast'] }, [slo]);
  const ledger = createLedger({ journal, clock: () => START_MS, log, term: () => 0, onBroken: () => {} });
  await ledger.open();
  const line = { policy, state: { ...INITIAL, phase: 'KILL' as const }, readings: null, intent: null, actor: 'hinge' };
  await expect(ledger.record(line)).rejects.toThrow('lost');
  isLost = false;
  await ledger.record({ ...line, state: { ...line.state, phase: 'HOLD' } });
  await told(receiver, 2);
  const decisions = receiver.received.map(
    ({ body }) => (JSON.parse(body) as { data: { decision: string } }).data.decision,
  );
  expect(decisions).toEqual(['KILL', 'HOLD']);
  await notices[Symbol.asyncDispose]();
});

// Last: after everything above has been logged.
it('no secret was ever logged, nor the path of a receiver', () => {
  expect(log.lines.length).toBeGreaterThan(5);
  for (const line of log.lines) {
    expect(line).not.toContain(CANARY.slice('whsec_'.length));
    expect(line).not.toContain(PATH_CANARY);
  }
});
