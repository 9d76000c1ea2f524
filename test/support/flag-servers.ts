/** Each kind of flag server with somebody else beside us, for one contract over all of them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFlagd } from '../../flags/flagd/flagd.ts';
import type { FlagPort } from '../../flags/port.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import { environmentPath, quiet, uniqueFlag, useUnleash } from './unleash.ts';

export const ENVIRONMENT = 'production';
export const PAYLOAD = '{"baseMs":5}';

/** Somebody else, by the means that people have. */
interface Somebody {
  turn(to: 'on' | 'off'): Promise<unknown>;
  /** JSON text. */
  setPayload(payload: string): Promise<unknown>;
}

export interface FlagServer extends AsyncDisposable {
  readonly port: FlagPort;
  /** A flag that is on, tagged `hinge-managed`, and hands out one variant `v2` with `PAYLOAD`. */
  newFlag(): Promise<{ readonly flag: string; readonly somebody: Somebody }>;
}

async function unleashServer(): Promise<FlagServer> {
  const unleash = await useUnleash();
  const { url, bot, backendToken } = unleash;
  return {
    port: createUnleash({ url, token: bot.token, backendToken, log: quiet }),
    async newFlag() {
      const flag = uniqueFlag('contract');
      const variants = [{ name: 'v2', weight: 1000, payload: PAYLOAD }];
      await unleash.admin.flag({ flag, strategies: [{ rollout: 100, variants }] });
      const strategies = `${environmentPath(flag)}/strategies`;
      const [strategy] = (await unleash.asPerson('GET', strategies)) as { id: string }[];
      return {
        flag,
        somebody: {
          turn: (to) => unleash.asPerson('POST', `${environmentPath(flag)}/${to}`),
          setPayload: (value) =>
            unleash.asPerson('PATCH', `${strategies}/${strategy?.id}`, [
              { op: 'replace', path: '/variants/0/payload/value', value },
            ]),
        },
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Edited {
  flags: Record<string, { state: string; variants: Record<string, unknown> }>;
}

async function flagdFile(): Promise<FlagServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hinge-flagd-'));
  const path = join(folder, 'flags.json');
  await writeFile(path, '{"flags":{}}');
  async function edit(change: (whole: Edited) => void): Promise<void> {
    const whole = JSON.parse(await readFile(path, 'utf8')) as Edited;
    change(whole);
    await writeFile(path, JSON.stringify(whole));
  }
  return {
    port: createFlagd({ path, environment: ENVIRONMENT, clock: Date.now, log: quiet }),
    async newFlag() {
      const flag = uniqueFlag('contract');
      const definition = {
        state: 'ENABLED',
        variants: { v1: { baseMs: 50 }, v2: JSON.parse(PAYLOAD) },
        defaultVariant: 'v2',
        metadata: { 'hinge-managed': true },
      };
      await edit(({ flags }) => void Object.assign(flags, { [flag]: definition }));
      const change = (to: Partial<Edited['flags'][string]>) =>
        edit(({ flags }) => void Object.assign(flags[flag] ?? {}, to));
      return {
        flag,
        somebody: {
          turn: (to) => change({ state: to === 'on' ? 'ENABLED' : 'DISABLED' }),
          setPayload: (payload) => change({ variants: { v1: { baseMs: 50 }, v2: JSON.parse(payload) } }),
        },
      };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export const FLAG_SERVERS: readonly (readonly [string, () => Promise<FlagServer>])[] = [
  ['Unleash', unleashServer],
  ['a flagd file', flagdFile],
];
