/** Where the policy comes from: a flag's variant and its payload, as long as somebody can still turn it down. */
import { DEFAULT_POLICY, parsePolicy, type RetryPolicy } from './policy.ts';

export interface FlagVariant {
  readonly name: string;
  readonly enabled: boolean;
  readonly payload?: { readonly type: string; readonly value: string } | undefined;
}

/** All that is asked of a flag provider. */
export interface FlagReader {
  /** The variant in force for a context, from memory; a promise where the provider has nothing else to give. */
  getVariant(name: string, context?: object): FlagVariant | Promise<FlagVariant>;
  /** How old the state is that answers come from, in milliseconds; undefined where it cannot be told. */
  ageMs?(): number | undefined;
  /** Name of the provider, for telemetry. */
  readonly provider?: string | undefined;
}

/** A policy and where it came from. `variant` is `disabled` wherever the defaults rule. */
export interface PolicyInForce {
  readonly policy: RetryPolicy;
  /**
   * `flag`: its payload. Otherwise the defaults: `default` where the flag is off or has no payload, `flag-invalid` where its
   * payload is no policy, `stale` where the flag's state is too old, `failed` where the lookup failed or took too long.
   */
  readonly source: 'flag' | 'flag-invalid' | 'stale' | 'failed' | 'default';
  readonly variant: string;
  /** How old the flag's state was; absent where that cannot be told. */
  readonly ageMs?: number;
}

export type OnInvalid = (problems: readonly string[], payload: string) => void;

const DISABLED = 'disabled';

export const OFF: FlagVariant = Object.freeze({ name: DISABLED, enabled: false });

/** A flag that nobody can turn off any more is no flag: from then on the defaults rule. */
const STALE_AFTER_MS = 15 * 60_000;
/** A provider that asks over the network must not hold up the operation for longer. */
const LOOKUP_MS = 1_000;

/** Rejects after a second. */
async function limited(variant: Promise<FlagVariant>): Promise<FlagVariant> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the lookup of the flag took too long')), LOOKUP_MS);
  try {
    return await Promise.race([variant, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a variant says, parsed once for each payload and not for each call. */
function createParser(byDefault: PolicyInForce, onInvalid: OnInvalid): (variant: FlagVariant) => PolicyInForce {
  let seen: { variant: string; payload: string; inForce: PolicyInForce } | undefined;
  return ({ name, enabled, payload }) => {
    if (!enabled || payload === undefined) return byDefault;
    if (seen?.variant !== name || seen.payload !== payload.value) {
      const parsed = parsePolicy(payload.value, byDefault.policy);
      const inForce: PolicyInForce = parsed.ok
        ? { policy: parsed.policy, source: 'flag', variant: name }
        : { ...byDefault, source: 'flag-invalid' };
      seen = { variant: name, payload: payload.value, inForce };
      if (!parsed.ok) onInvalid(parsed.problems, payload.value);
    }
    return seen.inForce;
  };
}

/** Gives the policy in force, whatever the provider does: it neither rejects nor waits for more than a second. */
export function createPolicyReader(
  flags: FlagReader,
  flag: string,
  defaults: RetryPolicy = DEFAULT_POLICY,
  onInvalid: OnInvalid = () => {},
  staleAfterMs = STALE_AFTER_MS,
): (context?: object) => Promise<PolicyInForce> {
  const byDefault: PolicyInForce = { policy: defaults, source: 'default', variant: DISABLED };
  const parse = createParser(byDefault, onInvalid);

  async function lookUp(context: object | undefined): Promise<PolicyInForce> {
    try {
      const variant = flags.getVariant(flag, context);
      return parse(variant instanceof Promise ? await limited(variant) : variant);
    } catch {
      return { ...byDefault, source: 'failed' };
    }
  }

  return async (context) => {
    const ageMs = flags.ageMs?.();
    if (ageMs === undefined) return lookUp(context);
    const inForce: PolicyInForce = ageMs > staleAfterMs ? { ...byDefault, source: 'stale' } : await lookUp(context);
    return { ...inForce, ageMs };
  };
}
