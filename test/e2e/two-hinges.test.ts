/** Two `hinge serve` on one ClickHouse: one is the active controller, and when it is killed the other takes over. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openEngine } from '../../store/engine/engine.ts';
import { silentLog } from '../support/engine.ts';
import { hinge, type RunningHinge, scratchFolder, serveHinge } from '../support/hinge.ts';

interface Automation {
  readonly on: boolean;
  readonly text: string;
}

async function automation({ apiUrl }: RunningHinge): Promise<Automation> {
  const answer = (await (await fetch(`${apiUrl}/api/v1/flags`)).json()) as { automation: Automation };
  return answer.automation;
}

it('one acts, the other looks on and says so', { timeout: 180_000 }, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(scratchFolder());
  const { connection } = stack.use(
    await openEngine({ dataDir: `${folder.path}/engine`, durability: 'fast', log: silentLog }),
  );
  const { url, username, password } = connection;
  const sets = [`store.url=${url}`, `store.username=${username}`, `store.password=${password}`];
  const ports = ['collector.port=0', 'collector.grpcPort=0', 'api.port=0'];
  const config = folder.write(
    'hinge.yaml',
    `slos: [{ name: pay-errors, service: pay, indicator: errors, objective: 0.99 }]
behaviours: [{ name: retries, service: pay, flag: pay.retry, environments: [production], slos: [pay-errors] }]
`,
  );
  const options = ['--config', config, ...[...sets, ...ports].flatMap((value) => ['--set', value])];
  const start = async (name: string) => stack.use(await serveHinge(['--data', `${folder.path}/${name}`, ...options]));
  const [a, b] = [await start('a'), await start('b')];
  const until = async (done: (on: readonly boolean[]) => boolean, running: readonly RunningHinge[]) => {
    for (const endMs = Date.now() + 90_000; ; await delay(250)) {
      const on = (await Promise.all(running.map(automation))).map((each) => each.on);
      expect(on.filter(Boolean).length).toBeLessThan(2);
      if (done(on)) return on;
      if (Date.now() > endMs) throw new Error(`not reached: ${JSON.stringify(on)}`);
    }
  };
  const [isA] = await until((on) => on.includes(true), [a, b]);
  const [active, other] = isA ? [a, b] : [b, a];
  const onlooker = await automation(other);
  expect(onlooker.text).toMatch(/^looking on: the active controller is \S+/);
  // Held there it would be held nowhere: that is said.
  const held = await hinge(['flags', 'hold', 'pay.retry', '--server', other.apiUrl]);
  expect(held).toMatchObject({ code: 4, err: expect.stringContaining('is not the active controller') });
  await active.end('SIGKILL');
  await until(([on]) => on === true, [other]);
});
