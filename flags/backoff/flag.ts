/** Where the policy comes from: a flag's variant and its payload. */
import { hostname } from 'node:os';
import { DEFAULT_POLICY, parsePolicy, type RetryPolicy } from './policy.ts';

export interface FlagVariant {
  readonly name: string;
  readonly enabled: boolean;
  readonly payload?: { readonly type: string; readonly value: string } | undefined;
}

/** All that is asked of a flag provider: the variant in force for a context, from memory. */
export interface FlagReader {
  getVariant(name: string, context?: object): FlagVariant;
}

/** A policy and where it came from. `variant` is `disabled` wherever the defaults rule. */
export interface PolicyInForce {
  readonly policy: RetryPolicy;
  readonly source: 'flag' | 'flag-invalid' | 'default';
  readonly variant: string;
}

const DISABLED = 'disabled';

export type OnInvalid = (problems: readonly string[], payload: string) => void;

/** Parsed once for each payload, not for each call. */
export function createPolicyReader(
  flags: FlagReader,
  flag: string,
  defaults: RetryPolicy = DEFAULT_POLICY,
  onInvalid: OnInvalid = () => {},
): (context?: object) => PolicyInForce {
  const byDefault: PolicyInForce = { policy: defaults, source: 'default', variant: DISABLED };
  let seen: { variant: string; payload: string; inForce: PolicyInForce } | undefined;
  return (context) => {
    const { name, enabled, payload } = flags.getVariant(flag, context);
    if (!enabled || payload === undefined) return byDefault;
    if (seen?.variant !== name || seen.payload !== payload.value) {
      const parsed = parsePolicy(payload.value, defaults);
      const inForce: PolicyInForce = parsed.ok
        ? { policy: parsed.policy, source: 'flag', variant: name }
        : { ...byDefault, source: 'flag-invalid' };
      seen = { variant: name, payload: payload.value, inForce };
      if (!parsed.ok) onInvalid(parsed.problems, payload.value);
    }
    return seen.inForce;
  };
}

/** The part of an `unleash-client` that is used. */
export interface UnleashLike {
  getVariant(name: string, context?: object): FlagVariant;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const warn = (error: Error): void => process.emitWarning(`Unleash: ${error.message}`);

/**
 * Reads flags through an `unleash-client`. The SDK does not know its own host: with the stickiness `hostname` every lookup
 * without one is disabled, so it is added unless the context has it (give instances on one host names of their own). A lookup that throws counts as a disabled flag, and an `error` listener stays on
 * the client, without which a failing request during `destroy()` ends the process. Each new message goes to `onError` once;
 * after 401 or 403 the client stops polling for good and keeps its last values: make a new client then.
 */
export function unleashFlags(client: UnleashLike, onError: (error: Error) => void = warn): FlagReader {
  const self = { hostname: hostname() };
  let last: string | undefined;
  const report = (error: Error): void => {
    if (error.message !== last) onError(error);
    last = error.message;
  };
  client.on('error', report);
  return {
    getVariant(name, context) {
      try {
        return client.getVariant(name, { ...self, ...context });
      } catch (error) {
        report(error instanceof Error ? error : new Error(String(error)));
        return { name: DISABLED, enabled: false };
      }
    },
  };
}
