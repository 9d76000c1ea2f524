/** Somebody who is told of decisions. */
import { createHash } from 'node:crypto';
import type { JournalState } from '../../model.ts';

export interface Target {
  /** May hold a secret, as Slack's do: only its host is ever shown. */
  readonly url: string;
  /** `whsec_...`: signs each request. Absent: nothing is signed. */
  readonly secret?: string;
  /** Allows addresses of this machine and of private networks, and plain HTTP. */
  readonly allowPrivate: boolean;
  readonly format: 'hinge' | 'slack';
  /** The states whose lines are told. */
  readonly on: readonly JournalState[];
}

/** Names the target in files without telling its address. */
export const keyOfTarget = ({ url }: Target): string => createHash('sha256').update(url).digest('hex').slice(0, 16);
