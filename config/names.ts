/** Names that select: each stands for exactly one thing, so that no slip of the pen ever means all of them. */

import { z } from 'zod';

/** A service, flag or environment. */
export const oneName = z
  .string()
  .regex(/^[^\s*?]+$/, 'must name exactly one: it may not be empty nor have blanks, * or ? in it');

/** An endpoint or another name that may have blanks, and a `*` where a route has one; never only that. */
export const oneTitle = z.string().regex(/[^\s*?]/, 'must name exactly one: it may not be empty nor a wildcard alone');
