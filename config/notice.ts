/** A notice of the configuration: who is told of decisions, and of which. */

import { z } from 'zod';
import { refusedHost } from '../flags/notices/address.ts';
import { SECRET } from '../flags/notices/sign.ts';
import type { JournalState } from '../model.ts';

/** Everything that a line of the journal may record. */
const STATES = [
  ...(['OBSERVE', 'SUSPECT', 'CONFIRMED', 'AWAIT_APPROVAL', 'STEP_DOWN', 'TUNE', 'KILL'] as const),
  ...(['VERIFY_PUBLISHED', 'VERIFY_RECOVERY', 'HOLD', 'HANDED_BACK', 'EXHAUSTED', 'RESTORE'] as const),
  ...(['YIELDED', 'BLOCKED', 'STOPPED', 'RESUMED'] as const),
] as const satisfies readonly JournalState[];

/** All but the watching, and the steps between a change and its proof. */
const QUIET: readonly JournalState[] = ['OBSERVE', 'SUSPECT', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY'];
const TOLD = STATES.filter((state) => !QUIET.includes(state));

function problemOf(url: URL, allowPrivate: boolean): string | null {
  if (url.username !== '' || url.password !== '')
    return 'has a name or a password in it; sign with secret in their place';
  if (url.protocol === 'http:' && !allowPrivate)
    return 'is plain HTTP, which others can read; use https, or set allowPrivate for a receiver of your own network';
  return refusedHost(url, allowPrivate);
}

export const notice = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an address that begins with https://' }),
    secret: z
      .string()
      .regex(
        SECRET,
        'must be whsec_ and 24 to 64 random bytes in base64, as by: echo "whsec_$(openssl rand -base64 32)"',
      )
      .optional()
      .describe('signs each request, by Standard Webhooks'),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe('allow plain HTTP, and addresses of this machine and private networks'),
    format: z.enum(['hinge', 'slack']).default('hinge'),
    on: z.array(z.enum(STATES)).min(1).default(TOLD),
  })
  .superRefine(({ url, secret, allowPrivate, format }, context) => {
    const problem = problemOf(new URL(url), allowPrivate);
    if (problem !== null) context.addIssue({ code: 'custom', path: ['url'], message: problem });
    if (format === 'hinge' && secret === undefined)
      context.addIssue({
        code: 'custom',
        path: ['secret'],
        message: 'is missing: the receiver could not tell who speaks',
      });
  });
