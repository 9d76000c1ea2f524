/** The run's real Unleash, and what tests do with it. */
import { inject } from 'vitest';
import { type Admin, createAdmin } from '../../demo/unleash-server/setup.ts';
import type { Log } from '../../model.ts';
import type { SharedUnleash } from './unleash-global.ts';

export interface TestUnleash extends SharedUnleash {
  readonly admin: Admin;
  /** Calls the admin API as the person. */
  asPerson(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Waits until the run's Unleash is up; the first caller starts it, and installs it if need be. */
export async function useUnleash(): Promise<TestUnleash> {
  const response = await fetch(inject('unleashBroker'), { signal: AbortSignal.timeout(600_000) });
  if (!response.ok) throw new Error(await response.text());
  const shared = (await response.json()) as SharedUnleash;
  const { call } = createAdmin({ url: shared.url, adminToken: shared.person.token });
  return { ...shared, admin: createAdmin(shared), asPerson: call };
}

/** A flag name that no other test uses. */
export const uniqueFlag = (prefix: string): string => `${prefix}.${crypto.randomUUID().slice(0, 8)}`;

export const environmentPath = (flag: string, environment = 'production'): string =>
  `/api/admin/projects/default/features/${flag}/environments/${environment}`;

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
