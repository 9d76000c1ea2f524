/** The log of a command that is not a server: warnings in plain words, the rest only when asked for. */

import type { Log } from '../model.ts';
import type { Invocation } from './command.ts';

export function quietLog({ say, environment }: Invocation): Log {
  const nothing = (): void => {};
  const line = (fields: object, message: string): void =>
    say(`hinge: ${message}${environment.HINGE_LOG === 'debug' ? ` ${JSON.stringify(fields)}` : ''}`);
  const verbose = environment.HINGE_LOG === 'debug' ? line : nothing;
  return { debug: verbose, info: verbose, warn: line, error: line };
}
