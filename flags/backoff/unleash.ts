/** Flags from an `unleash-client`, in spite of its traps: a refused token that stops it for good, a crash, state that grows old. */
import { hostname } from 'node:os';
import { type FlagReader, type FlagVariant, OFF } from './flag.ts';

/** The part of an `unleash-client` that is used. */
export interface UnleashLike {
  getVariant(name: string, context?: object): FlagVariant;
  on(event: 'error' | 'changed' | 'unchanged', listener: (error: Error) => void): unknown;
}

export interface OwnUnleash extends UnleashLike {
  destroy(): void;
}

export interface RenewOptions {
  /** A client that heard nothing from its server for so long gets a successor. Longer than its longest back-off. @default 180,000 */
  readonly renewAfterMs?: number;
  /** @default a process warning */
  readonly onError?: (error: Error) => void;
}

const RENEW_AFTER_MS = 180_000;

const warn = (error: Error): void => process.emitWarning(`Unleash: ${error.message}`);

/** Each new message once: a server that is away says the same every few seconds. */
function once(onError: (error: Error) => void): (error: Error) => void {
  let last: string | undefined;
  return (error) => {
    if (error.message !== last) onError(error);
    last = error.message;
  };
}

/** A client and when it last heard from its server. */
function watched(client: UnleashLike, report: (error: Error) => void) {
  let freshMs = performance.now();
  let answers = 0;
  const hear = (): void => {
    freshMs = performance.now();
    answers += 1;
  };
  // Stays for good: without it a failing request during destroy() ends the process.
  client.on('error', report);
  client.on('changed', hear);
  client.on('unchanged', hear);
  return { client, ageMs: () => performance.now() - freshMs, answers: () => answers };
}

function readerOf(client: () => UnleashLike, ageMs: () => number, report: (error: Error) => void): FlagReader {
  const self = { hostname: hostname() };
  return {
    provider: 'unleash',
    ageMs,
    getVariant(name, context) {
      try {
        return client().getVariant(name, { ...self, ...context });
      } catch (error) {
        report(error instanceof Error ? error : new Error(String(error)));
        return OFF;
      }
    },
  };
}

/**
 * Reads flags through an `unleash-client` that somebody else owns. The SDK does not know its own host: with the stickiness
 * `hostname` every lookup without one is disabled, so it is added unless the context has it (give instances on one host names
 * of their own). A lookup that throws counts as a disabled flag. After 401 or 403 the client stops polling for good and keeps
 * its last values: `renewingUnleash` makes a new one then.
 */
export function unleashFlags(client: UnleashLike, onError: (error: Error) => void = warn): FlagReader {
  const report = once(onError);
  const { ageMs } = watched(client, report);
  return readerOf(() => client, ageMs, report);
}

/**
 * As `unleashFlags`, with clients of its own: one that hears nothing for `renewAfterMs` gets a successor, made by `create`. Its
 * last values stay in force until the successor has heard from the server twice: the first time may be its bootstrap.
 * Disposing destroys the clients.
 */
export function renewingUnleash(create: () => OwnUnleash, options: RenewOptions = {}): FlagReader & Disposable {
  const { renewAfterMs = RENEW_AFTER_MS, onError = warn } = options;
  const report = once(onError);
  const made = () => {
    const client = create();
    return { ...watched(client, report), destroy: () => client.destroy() };
  };
  let current = made();
  let next: ReturnType<typeof made> | undefined;

  function succeed(): void {
    if (next !== undefined && next.answers() >= 2) {
      current.destroy();
      current = next;
      next = undefined;
    } else if (current.ageMs() <= renewAfterMs) {
      next?.destroy();
      next = undefined;
    } else if (next === undefined || next.ageMs() > renewAfterMs) {
      next?.destroy();
      next = made();
    }
  }

  const timer = setInterval(succeed, Math.max(10, renewAfterMs / 20)).unref();
  return {
    ...readerOf(
      () => current.client,
      () => current.ageMs(),
      report,
    ),
    [Symbol.dispose]() {
      clearInterval(timer);
      current.destroy();
      next?.destroy();
    },
  };
}
