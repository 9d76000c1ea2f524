/** What the controller asks of a flag server: types alone. */

export interface FlagVariantSetting {
  readonly name: string;
  /** The payload's text; null when the variant has none. */
  readonly payload: string | null;
}

export interface FlagStrategy {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** As the server stores it: any text; null when the strategy has none. */
  readonly rollout: string | null;
  readonly variants: readonly FlagVariantSetting[];
}

/** One flag in one environment. */
export interface FlagSnapshot {
  readonly flag: string;
  readonly environment: string;
  readonly enabled: boolean;
  readonly archived: boolean;
  readonly strategies: readonly FlagStrategy[];
  /** `type:value`. */
  readonly tags: readonly string[];
  /** Read before the state, so that a change in between shows as a change since. 0 when there is none. */
  readonly newestEventId: number;
  readonly newestActor: string | null;
}

/** A strategy as the server writes it, part by part; to be compared and written back, not to be understood. */
export type StrategyParts = Readonly<Record<string, unknown>>;

/** What an event did to what the flag hands out. */
export type Effect =
  | { readonly kind: 'enabled'; readonly enabled: boolean }
  | {
      readonly kind: 'strategy';
      readonly strategyId: string;
      readonly before: StrategyParts;
      readonly after: StrategyParts;
    };

/** Takes back what a write of ours did to what somebody else had set. */
export type Undo =
  | { readonly kind: 'enabled'; readonly enabled: boolean }
  | {
      readonly kind: 'strategy';
      readonly strategyId: string;
      readonly from: StrategyParts;
      readonly to: StrategyParts;
    };

/** A change of the flag in the environment, or of the flag as a whole. */
export interface FlagEvent {
  readonly id: number;
  readonly type: string;
  readonly atMs: number;
  readonly actor: string;
  /** Made with our own token. */
  readonly ours: boolean;
  /** Where the server tells. */
  readonly effect?: Effect;
}

export interface Identity {
  readonly name: string;
  /** The user under which our changes are logged; null for a token that is nobody's, whose changes cannot be told from those of others. */
  readonly userId: number | null;
}

/** Where a payload stands: a strategy of the flag and the index of its variant. */
export interface PayloadPlace {
  readonly strategyId: string;
  readonly variant: number;
}

/**
 * All reject with a `HingeError`: FLAGS_REFUSED (token, permission, no such flag, archived), FLAGS_CONFLICT (the guard of a
 * change failed: somebody else was first; nothing written), FLAGS_UNAVAILABLE (retryable; after a write the outcome is unknown).
 */
export interface FlagPort {
  whoAmI(): Promise<Identity>;
  snapshot(flag: string, environment: string): Promise<FlagSnapshot>;
  /**
   * Events with a larger id, oldest first. Ids are given before the change is committed: after a write, ask from the id that was
   * the newest before it, or a change of somebody else's with a smaller id than ours is never seen.
   */
  changesSince(flag: string, environment: string, eventId: number): Promise<readonly FlagEvent[]>;
  /** Percent, as text. Written only if it still is `from`. */
  setRollout(flag: string, environment: string, strategyId: string, from: string, to: string): Promise<void>;
  /** Written only if it still is `from`. */
  setPayload(flag: string, environment: string, place: PayloadPlace, from: string, to: string): Promise<void>;
  /** Turns the flag off and keeps its strategies. Repeating it changes nothing. */
  disable(flag: string, environment: string): Promise<void>;
  /** Turns the flag on with the strategies it has; refuses where none of them is enabled. Repeating it changes nothing. */
  enable(flag: string, environment: string): Promise<void>;
  /** Written only where the flag still is as our write left it. */
  undo(flag: string, environment: string, undo: Undo): Promise<void>;
  /** Whether applications are given the state after the event; null when there is no token to ask with. */
  published(eventId: number): Promise<boolean | null>;
}
