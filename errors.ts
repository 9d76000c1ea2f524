/** The one error of Hinge: a stable code, a sentence that says what happened and what to do, and whether trying again may help. */

/** Every code with its exit code and what it is about; docs/errors.md has a section for each. */
export const ERROR_CODES = {
  USAGE: { exitCode: 2, about: 'the command line is wrong' },
  CONFIG_INVALID: { exitCode: 2, about: 'the configuration has a wrong key or value' },
  FILE_MISSING: { exitCode: 2, about: 'a file that was named does not exist or cannot be read' },
  INPUT_INVALID: { exitCode: 2, about: 'telemetry, a manifest or a package cannot be understood' },
  INPUT_TOO_LARGE: { exitCode: 2, about: 'input is over a limit' },
  INPUT_UNSUPPORTED: { exitCode: 2, about: 'an encoding, content type or method that Hinge does not take' },
  PORT_IN_USE: { exitCode: 4, about: 'another process listens on a port that Hinge needs' },
  DATA_FOLDER_IN_USE: { exitCode: 4, about: 'another process has the data folder open' },
  ENGINE_MISSING: { exitCode: 4, about: 'the embedded engine is not installed for this platform' },
  ENGINE_FAILED: { exitCode: 4, about: 'the embedded engine did not start or stopped' },
  STORE_UNAVAILABLE: { exitCode: 4, about: 'the store does not answer or cannot commit' },
  STORE_REFUSED: { exitCode: 4, about: 'the store refused a statement' },
  OVERLOADED: { exitCode: 4, about: 'more came in than the limits allow; send it again later' },
  UNAUTHENTICATED: { exitCode: 4, about: 'a valid token is needed' },
  FORBIDDEN: { exitCode: 4, about: 'the caller may not do this, or not from where it calls' },
  NOT_FOUND: { exitCode: 2, about: 'there is no such upgrade, report or route' },
  SERVER_UNREACHABLE: { exitCode: 4, about: 'no Hinge server answers at the address' },
  FLAGS_REFUSED: { exitCode: 4, about: 'Unleash refused the token or the request' },
  FLAGS_UNAVAILABLE: { exitCode: 4, about: 'Unleash does not answer' },
  FLAGS_CONFLICT: {
    exitCode: 4,
    about: 'the flag is not as the request supposes: changed meanwhile, or nothing awaits',
  },
  INTERNAL: { exitCode: 4, about: 'a fault in Hinge itself' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface HingeErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed later. */
  readonly retryable?: boolean;
}

/** Thrown for faults; expected outcomes are values. `message` is one line: what happened, where, and what to do next. */
export class HingeError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: HingeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HingeError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** The text of anything that was thrown, in one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
