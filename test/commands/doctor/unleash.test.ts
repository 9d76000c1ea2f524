/** What `hinge doctor` says of Unleash and of the token's privileges, against a real Unleash. */
import { beforeAll, expect, it } from 'vitest';
import { unleashCheck } from '../../../commands/doctor/unleash.ts';
import { type Config, configSchema } from '../../../config.ts';
import { missingToWrite, NEEDED_TO_WRITE, readRights } from '../../../flags/unleash/rights.ts';
import { environmentPath, quiet, type TestUnleash, uniqueFlag, useUnleash } from '../../support/unleash.ts';

let unleash: TestUnleash;
let flag: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  unleash = await useUnleash();
  flag = uniqueFlag('doctor');
  await unleash.admin.flag({ flag, strategies: [{ rollout: 25 }] });
  for (const role of ['Viewer', 'Editor', 'Admin'] as const) {
    tokens.set(role, (await unleash.admin.user(uniqueFlag(role), role)).token);
  }
  tokens.set('nobody', unleash.adminToken);
  tokens.set('unknown', 'user:nonsense');
});

const slo = { name: 'slo', service: 'shop', indicator: 'errors', objective: 0.99 };

function configOf(holder: string, mode: string | null, more: object = {}): Config {
  const behaviour = { name: 'b', service: 'shop', flag, environments: ['production'], mode, slos: ['slo'] };
  return configSchema.parse({
    unleash: { url: unleash.url, token: tokens.get(holder), ...more },
    slos: [slo],
    behaviours: mode === null ? [] : [behaviour],
  });
}

const READ = 'http\\S+ knows us as \\S+; 1 flag read; ';

it.each<[string, string | null, string, string]>([
  ['Viewer', 'observe', 'ok', `${READ}it may read and not write, as no behaviour acts$`],
  ['Viewer', 'dry-run', 'ok', `${READ}it may read and not write`],
  [
    'Viewer',
    'act',
    'fail',
    'may not turn \\S+ down in production: UPDATE_FEATURE_ENVIRONMENT and UPDATE_FEATURE_STRATEGY of project default is missing; give its user the root role Editor$',
  ],
  ['Editor', 'dry-run', 'warn', `${READ}it may write in production: Viewer is enough while no behaviour acts$`],
  ['Editor', 'act', 'ok', `${READ}it may turn them down, and is not Admin$`],
  ['Editor', null, 'ok', '0 flags read'],
  ['Admin', 'dry-run', 'warn', 'its role is Admin, which may do everything: Viewer is enough'],
  ['Admin', 'act', 'warn', 'its role is Admin, which may do everything: Editor is enough'],
  ['nobody', 'act', 'warn', "it is nobody's: give Hinge a user of its own, with the root role Editor"],
])('%s, mode %s: %s', async (holder, mode, state, text) => {
  const outcome = await unleashCheck(configOf(holder, mode), quiet);
  expect(outcome).toEqual({ state, text: expect.stringMatching(text) });
});

it.each([
  ['a token that Unleash does not know', () => configOf('unknown', 'act'), /401.*give a personal access token/],
  ['a flag that is not there', () => ({ ...configOf('Editor', 'act'), behaviours: elsewhere() }), /404.*no such flag/],
  [
    'a personal token for the backend token',
    () => configOf('Editor', 'act', { backendToken: tokens.get('Editor') }),
    /403.*wrong type/,
  ],
])('%s is a failure that says what to do', async (_name, config, message) => {
  await expect(unleashCheck(config(), quiet)).rejects.toMatchObject({ message: expect.stringMatching(message) });
});

const elsewhere = () => configOf('Editor', 'act').behaviours.map((one) => ({ ...one, flag: uniqueFlag('none') }));

it('without Unleash: a warning, and a failure where behaviours need it', async () => {
  const { unleash: _none, ...config } = configOf('Editor', 'act');
  expect(await unleashCheck(config, quiet)).toMatchObject({ state: 'fail' });
  expect(await unleashCheck({ ...config, behaviours: [] }, quiet)).toMatchObject({ state: 'warn' });
});

it('an Editor of the default project may not write to another', async () => {
  const rights = await readRights({ url: unleash.url, token: tokens.get('Editor') ?? '' });
  expect(missingToWrite(rights, 'default', 'production')).toEqual([]);
  expect(missingToWrite(rights, 'other', 'production')).toEqual(NEEDED_TO_WRITE);
  expect(missingToWrite(rights, 'default', 'nowhere')).toEqual(NEEDED_TO_WRITE);
});

it('what is asked for is what the server demands of each write', async () => {
  const strategies = `${environmentPath(flag)}/strategies`;
  const [strategy] = (await unleash.admin.call('GET', strategies)) as { id: string }[];
  const demanded = await Promise.all(
    [
      ['POST', `${environmentPath(flag)}/off`],
      ['POST', `${environmentPath(flag)}/on`],
      ['PATCH', `${strategies}/${strategy?.id}`],
    ].map(async ([method = '', path]) => {
      const headers = { authorization: tokens.get('Viewer') ?? '', 'content-type': 'application/json' };
      const body = method === 'PATCH' ? '[]' : null;
      const answer = await fetch(unleash.url + path, { method, headers, body });
      return ((await answer.json()) as { permissions: string[] }).permissions;
    }),
  );
  const [environment, strategyRight] = NEEDED_TO_WRITE;
  expect(demanded).toEqual([[environment], [environment], [strategyRight]]);
});
