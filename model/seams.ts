/** Small types that several rooms ask for. */

/** The part of pino's logger that rooms use: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where ClickHouse answers over HTTP. */
export interface Connection {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}
