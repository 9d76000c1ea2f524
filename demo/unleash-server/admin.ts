/** Sets up an Unleash: flags, people and bots with tokens of their own. For the demo and the tests, never for the product. */
import { randomBytes } from 'node:crypto';
import type { UnleashTokens } from './unleash.ts';

export interface SeedVariant {
  readonly name: string;
  /** Of 1000; those of a strategy add up to 1000. */
  readonly weight: number;
  /** JSON text. */
  readonly payload?: string;
}

export interface SeedStrategy {
  /** Percent, 0 to 100. */
  readonly rollout: number;
  /** `hostname` keeps a process wholly in one arm. @default 'default' */
  readonly stickiness?: string;
  readonly variants?: readonly SeedVariant[];
}

export interface Seed {
  readonly flag: string;
  /** @default 'production' */
  readonly environment?: string;
  readonly strategies: readonly SeedStrategy[];
  /** @default true */
  readonly enabled?: boolean;
  /** @default 'hinge-managed' */
  readonly tag?: string;
}

type RootRole = 'Admin' | 'Editor' | 'Viewer';

export interface Admin {
  /** Creates the flag with its strategies and tag. */
  flag(seed: Seed): Promise<void>;
  /** Creates a user (or takes the one of that name) and gives a personal access token, under which events carry the user's id. */
  user(username: string, role: RootRole): Promise<{ userId: number; token: string }>;
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

const PROJECT = '/api/admin/projects/default';

async function request(url: string, method: string, headers: Record<string, string>, body?: unknown) {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  const json = response.headers.get('content-type')?.includes('json');
  return { response, body: json && text !== '' ? (JSON.parse(text) as unknown) : text };
}

function strategyBody(flag: string, { rollout, stickiness = 'default', variants = [] }: SeedStrategy) {
  return {
    name: 'flexibleRollout',
    parameters: { rollout: String(rollout), stickiness, groupId: flag },
    constraints: [],
    variants: variants.map(({ name, weight, payload }) => ({
      name,
      weight,
      weightType: 'variable',
      stickiness,
      ...(payload === undefined ? {} : { payload: { type: 'json', value: payload } }),
    })),
  };
}

/** Personal access tokens are made by the person: sign in as the user, with a password set for that alone. */
async function personalToken(url: string, username: string, password: string): Promise<string> {
  const signIn = await request(`${url}/auth/simple/login`, 'POST', {}, { username, password });
  const cookie = signIn.response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const description = `hinge ${randomBytes(4).toString('hex')}`;
  const expiresAt = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const made = await request(`${url}/api/admin/user/tokens`, 'POST', { cookie }, { description, expiresAt });
  return (made.body as { secret: string }).secret;
}

export function createAdmin({ url, adminToken }: Pick<UnleashTokens, 'url' | 'adminToken'>): Admin {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    (await request(url + path, method, { authorization: adminToken }, body)).body;

  async function flag(seed: Seed): Promise<void> {
    const environment = `${PROJECT}/features/${seed.flag}/environments/${seed.environment ?? 'production'}`;
    await call('POST', `${PROJECT}/features`, { name: seed.flag, type: 'release', impressionData: false });
    const tag = { type: 'simple', value: seed.tag ?? 'hinge-managed' };
    await call('POST', `/api/admin/features/${seed.flag}/tags`, tag);
    for (const strategy of seed.strategies) {
      await call('POST', `${environment}/strategies`, strategyBody(seed.flag, strategy));
    }
    // `on` with no strategy adds one of 100 %.
    if (seed.enabled !== false && seed.strategies.length > 0) await call('POST', `${environment}/on`);
  }

  async function user(username: string, role: RootRole): Promise<{ userId: number; token: string }> {
    const { users, rootRoles } = (await call('GET', '/api/admin/user-admin')) as {
      users: { id: number; username?: string }[];
      rootRoles: { id: number; name: string }[];
    };
    const rootRole = rootRoles.find(({ name }) => name === role)?.id;
    const password = `${randomBytes(18).toString('base64url')}!aA1`;
    const known = users.find((one) => one.username === username);
    const body = { username, name: username, rootRole, password, sendEmail: false };
    const { id } = known ?? ((await call('POST', '/api/admin/user-admin', body)) as { id: number });
    if (known) await call('POST', `/api/admin/user-admin/${id}/change-password`, { password });
    return { userId: id, token: await personalToken(url, username, password) };
  }

  return { flag, user, call };
}

export interface Seeded {
  readonly userId: number;
  /** Personal access token of the bot, root role Editor. */
  readonly token: string;
}

/** A flag, and a bot that may turn it down. */
export async function seed(
  server: Pick<UnleashTokens, 'url' | 'adminToken'>,
  { botUser = 'hinge-bot', ...flag }: Seed & { readonly botUser?: string },
): Promise<Seeded> {
  const admin = createAdmin(server);
  await admin.flag(flag);
  return admin.user(botUser, 'Editor');
}
