/** People over the API, the controller and a real Unleash: stopped, pinned, and two people for what turns production up. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { authorise } from '../../../api/authorise.ts';
import { createPeople } from '../../../commands/serve/people.ts';
import { guardWrites, stopFileAt, watchStopFile } from '../../../commands/serve/stop-file.ts';
import type { Behaviour } from '../../../flags/behaviour.ts';
import { verifyChain } from '../../../flags/journal.ts';
import { createAuthorizer, createIdentifier, createToken } from '../../../tokens.ts';
import { openApi } from '../../api/server.ts';
import { MINUTE } from '../../flags/fixtures.ts';
import { createScene, portTo, prepare, type Scene, unleash } from '../../flags/scene.ts';
import { silentLog } from '../../support/engine.ts';
import { scratchFolder } from '../../support/hinge.ts';

prepare();

const PEOPLE = ['ada', 'ben', 'guest'] as const;
type Person = (typeof PEOPLE)[number];
const secrets = new Map(PEOPLE.map((name) => [name, createToken()]));
const tokens = PEOPLE.map((name) => ({
  ...{ name, sha256: secrets.get(name)?.sha256 ?? '' },
  scopes: name === 'guest' ? (['read'] as const) : (['operate'] as const),
}));

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

interface Answer {
  readonly status: number;
  readonly detail?: string;
  readonly automation?: { readonly on: boolean; readonly text: string };
  readonly items?: readonly { readonly awaits: { readonly approvedBy: readonly string[] } | null }[];
}

/** A scene whose controller listens to people over HTTP, and to a file. */
async function createOffice(more: Partial<Behaviour>) {
  const stopFile = stopFileAt(join(stack.use(scratchFolder()).path, 'STOP'));
  const scene = await createScene(more, { port: guardWrites(portTo(unleash.url), stopFile) });
  const { controller, flag } = scene;
  const actions = createPeople({ controller, stopFile, lease: undefined, log: silentLog });
  const doors = {
    authorise: authorise(createAuthorizer(tokens, Date.now)),
    identify: createIdentifier(tokens, Date.now),
  };
  const api = stack.use(await openApi(doors, { actions }));
  const say = async (who: Person, path: string): Promise<Answer> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${secrets.get(who)?.token}` };
    const response = await fetch(`${api.url}/api/v1/${path}`, { method: 'POST', headers, body: '{}' });
    return { status: response.status, ...((await response.json()) as object) };
  };
  return { scene, stopFile, say, about: (word: string) => `flags/${flag}/${word}` };
}

const lookAgain = async ({ controller, telemetry }: Scene, looks = 3): Promise<void> => {
  for (let look = 0; look < looks; look++) {
    telemetry.script.nowMs += 3_000;
    await controller.tick();
  }
};

describe('the global stop', () => {
  it('by file keeps a decided change from being written, whoever looks first', async () => {
    const { scene, stopFile } = await createOffice({});
    stopFile.write('ada');
    await lookAgain(scene);
    expect(await scene.isEnabled()).toBe(true);
    stopFile.remove();
    await scene.until('VERIFY_RECOVERY');
    expect(await scene.isEnabled()).toBe(false);
  });

  it('by file is heard between two looks, and so is its end, also where a file took the place of another', async () => {
    const { scene, stopFile } = await createOffice({});
    const { controller } = scene;
    stack.use(watchStopFile(stopFile, controller, silentLog));
    const isHeard = (stopped: boolean) =>
      expect.poll(() => controller.isStopped(), { timeout: 10_000, interval: 5 }).toBe(stopped);
    stopFile.write('ada');
    await isHeard(true);
    await lookAgain(scene);
    expect(await scene.isEnabled()).toBe(true);
    stopFile.remove();
    await isHeard(false);
    stopFile.write('ada');
    await isHeard(true);
    controller.resume({ actor: 'ben', way: 'command' });
    stopFile.remove();
    stopFile.write('cem');
    await isHeard(true);
  });

  it('by API is in force when it answers, and needs the scope to operate', async () => {
    const { scene, say } = await createOffice({});
    expect((await say('guest', 'stop')).status).toBe(403);
    expect((await say('ada', 'stop')).status).toBe(200);
    await lookAgain(scene);
    expect(await scene.isEnabled()).toBe(true);
    expect((await say('ben', 'resume?way=command')).status).toBe(200);
    await scene.until('VERIFY_RECOVERY');
  });

  it('stands in the journal and in the status: who, when and by which way', async () => {
    const { scene, stopFile, say } = await createOffice({});
    const { controller, memory, telemetry } = scene;
    const at = new Date(telemetry.script.nowMs).toISOString().slice(0, 19).replace('T', ' ');
    stack.use(watchStopFile(stopFile, controller, silentLog));
    const automation = async () => (await say('ada', 'stop')).automation;
    expect(await automation()).toMatchObject({
      on: false,
      text: expect.stringContaining(`stopped by the file ${stopFile.path} (ada over the API at ${at} UTC)`),
    });
    await controller.tick();
    // The file that the stop leaves is no second stop, and neither is the same word again.
    await delay(500);
    await automation();
    await controller.tick();
    await say('ben', 'resume?way=command');
    await controller.tick();
    stopFile.write('cem');
    await expect.poll(() => controller.isStopped(), { timeout: 10_000, interval: 5 }).toBe(true);
    await controller.tick();
    const told = memory.entries.filter(({ state }) => state === 'STOPPED' || state === 'RESUMED');
    expect(told.map(({ state, actor, text }) => [state, actor, text.replace(/ at .*/, '')])).toEqual([
      ['STOPPED', 'ada', 'all changes of flags were stopped by ada over the API'],
      ['RESUMED', 'ben', 'all changes of flags were resumed by ben by command'],
      ['STOPPED', 'cem', 'all changes of flags were stopped by cem by the stop file'],
    ]);
    expect(controller.actions().filter(({ flag }) => flag === 'all flags')).toHaveLength(3);
    expect(verifyChain(memory.entries)).toMatchObject({ ok: true });
  });
});

describe('a pin', () => {
  it('is in force when it answers, stands in the journal under its name, and is lifted by the same word', async () => {
    const { scene, say, about } = await createOffice({});
    expect((await say('ada', about('hold'))).status).toBe(200);
    await lookAgain(scene);
    expect(await scene.isEnabled()).toBe(true);
    expect(scene.memory.entries.at(-1)).toMatchObject({ state: 'YIELDED', actor: 'ada' });
    expect((await say('ben', about('resume'))).status).toBe(200);
    await scene.until('VERIFY_RECOVERY');
    expect(scene.memory.entries.map(({ actor }) => actor)).toContain('ben');
  });
});

describe('two people', () => {
  it('must approve a change: the same token twice is one', async () => {
    const { scene, say, about } = await createOffice({ mode: 'approve', approvals: 2 });
    await scene.until('AWAIT_APPROVAL');
    expect(await say('guest', about('approve'))).toMatchObject({ status: 403 });
    for (let time = 0; time < 2; time++) {
      const answer = await say('ada', about('approve'));
      expect(answer).toMatchObject({ status: 200, items: [{ awaits: { approvedBy: ['ada'], needed: 2 } }] });
      await lookAgain(scene);
      expect(await scene.isEnabled()).toBe(true);
    }
    expect((await say('ben', about('approve'))).status).toBe(200);
    await scene.until('VERIFY_RECOVERY');
    expect(await scene.isEnabled()).toBe(false);
  });

  it('must ask before a flag goes up again in production', async () => {
    const { scene, say, about } = await createOffice({ approvals: 2, cooldownMs: 1_000 });
    scene.telemetry.script.followsFlag = false;
    await scene.until('VERIFY_RECOVERY');
    scene.telemetry.script.exposed = 0;
    await scene.controller.tick();
    scene.telemetry.script.nowMs += 11 * MINUTE;
    await scene.until('EXHAUSTED');
    expect(await say('ada', about('approve'))).toMatchObject({ status: 409 });
    expect((await say('ada', about('restore'))).status).toBe(200);
    expect((await say('ada', about('restore'))).status).toBe(200);
    await lookAgain(scene);
    expect(await scene.isEnabled()).toBe(false);
    expect((await say('ben', about('restore'))).status).toBe(200);
    const start = performance.now();
    while (!(await scene.isEnabled()) && performance.now() - start < 10_000) await lookAgain(scene, 1);
    expect(await scene.isEnabled()).toBe(true);
    const actors = scene.memory.entries.map(({ actor }) => actor);
    expect(actors.filter((actor) => actor !== 'hinge')).toEqual(['ada', 'ada', 'ben']);
  });
});
