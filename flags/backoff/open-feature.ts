/** Flags from OpenFeature (`@openfeature/server-sdk`), whatever provider is behind it. */
import { hostname } from 'node:os';
import { type FlagReader, OFF } from './flag.ts';

/** The part of an OpenFeature evaluation that is used. */
export interface OpenFeatureDetails {
  readonly value: unknown;
  readonly variant?: string;
  readonly reason?: string;
  readonly errorCode?: string;
}

/** The part of an OpenFeature client that is used. */
export interface OpenFeatureLike {
  getObjectDetails(
    flag: string,
    byDefault: Record<string, never>,
    context: { targetingKey?: string },
  ): Promise<OpenFeatureDetails>;
  addHandler(event: string, handler: () => void): unknown;
  readonly metadata: { readonly providerMetadata?: { readonly name?: string } };
}

/** Reasons for which the value is not the flag's. */
const NOT_IN_FORCE: ReadonlySet<string | undefined> = new Set(['DEFAULT', 'DISABLED', 'ERROR']);

/** Variant of a provider that names none. */
const UNNAMED = 'on';

/**
 * Reads an object flag whose value is the policy. The context has this host as `hostname` and `targetingKey` unless it says
 * otherwise. While the provider says that it is stale or in error, the state's age counts from then.
 */
export function openFeatureFlags(client: OpenFeatureLike): FlagReader {
  const self = { targetingKey: hostname(), hostname: hostname() };
  const byDefault = {};
  let staleMs: number | undefined;
  const grow = (): void => {
    staleMs ??= performance.now();
  };
  const refresh = (): void => {
    staleMs = undefined;
  };
  for (const event of ['PROVIDER_STALE', 'PROVIDER_ERROR']) client.addHandler(event, grow);
  for (const event of ['PROVIDER_READY', 'PROVIDER_CONFIGURATION_CHANGED']) client.addHandler(event, refresh);
  return {
    get provider() {
      return client.metadata.providerMetadata?.name;
    },
    ageMs: () => (staleMs === undefined ? undefined : performance.now() - staleMs),
    async getVariant(flag, context) {
      const details = await client.getObjectDetails(flag, byDefault, { ...self, ...context });
      const { value, variant = UNNAMED, reason, errorCode } = details;
      if (errorCode !== undefined || value === byDefault || NOT_IN_FORCE.has(reason)) return OFF;
      return { name: variant, enabled: true, payload: { type: 'json', value: JSON.stringify(value) } };
    },
  };
}
