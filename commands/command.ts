/** What a verb of the command line is. */

import type { ParseArgsConfig } from 'node:util';

export type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

export interface Command {
  /** One line for `hinge --help`. */
  readonly summary: string;
  /** What `hinge VERB --help` prints: the forms, the options, examples. */
  readonly help: string;
  readonly options: OptionsConfig;
  /** Options that take every word up to the next option. */
  readonly lists?: readonly string[];
  /** Runs the verb and gives the exit code. */
  run(invocation: Invocation): Promise<number>;
}

export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** Everything a verb may touch of the process it runs in. */
export interface Invocation {
  readonly words: readonly string[];
  readonly values: Values;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Results, to standard output. */
  readonly print: (text: string) => void;
  /** Words about the work, to standard error. */
  readonly say: (text: string) => void;
  readonly terminal: { readonly colour: boolean; readonly width: number };
  /** Aborted on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

export const EXIT = { fine: 0, regressed: 1, usage: 2, inconclusive: 3, failed: 4 } as const;

/** Options that every verb takes. */
export const COMMON_OPTIONS = {
  config: { type: 'string', short: 'c' },
  data: { type: 'string' },
  set: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const satisfies OptionsConfig;

export const COMMON_HELP = `Options of every command
  -c, --config FILE   read this configuration (default: $HINGE_CONFIG, else built-in defaults)
      --data DIR      data folder of the embedded engine (same as --set data=DIR)
      --set KEY=VALUE one value of the configuration, as in --set api.port=4400
  -h, --help`;
