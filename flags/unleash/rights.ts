/** What the token may do in Unleash, asked without writing anything. */

import { rightsOf, type UnleashRights } from './answers.ts';
import { createRequest } from './http.ts';
import type { UnleashOptions } from './unleash.ts';

export type { UnleashRights } from './answers.ts';

/** @throws {HingeError} FLAGS_REFUSED, FLAGS_UNAVAILABLE. */
export async function readRights({
  url,
  token,
  timeoutMs = 5_000,
}: Pick<UnleashOptions, 'url' | 'token' | 'timeoutMs'>): Promise<UnleashRights> {
  return rightsOf(await createRequest({ url, token, timeoutMs })('GET', '/api/admin/user'));
}

/** What turning a flag down takes: off and on, and the guarded change of a strategy. */
export const NEEDED_TO_WRITE = ['UPDATE_FEATURE_ENVIRONMENT', 'UPDATE_FEATURE_STRATEGY'] as const;

export const isAdmin = ({ permissions }: UnleashRights): boolean =>
  permissions.some(({ permission }) => permission === 'ADMIN');

const EVERY = '*';
const fits = (given: string | null, asked: string): boolean => given === null || given === EVERY || given === asked;

/** Of what it takes to write to flags of the project in the environment, what is missing; empty for nothing. */
export function missingToWrite(rights: UnleashRights, project: string, environment: string): string[] {
  if (isAdmin(rights)) return [];
  return NEEDED_TO_WRITE.filter(
    (needed) =>
      !rights.permissions.some(
        (one) => one.permission === needed && fits(one.project, project) && fits(one.environment, environment),
      ),
  );
}
