/** A route as data: what it takes, what it gives, what it does. Express and OpenAPI are both made from it. */
import type { z } from 'zod';

/** What comes back. A string is sent as it is, anything else as JSON. */
export interface Reply {
  readonly body: unknown;
  /** 200 unless told. */
  readonly status?: number;
  /** Content type; `application/json` unless told. */
  readonly type?: string;
  readonly location?: string;
}

interface Shapes<P, Q, B> {
  readonly method: 'get' | 'post';
  /** As Express writes it: `/api/v1/upgrades/:id/report`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Status of the answer when all is well, and its shape by content type; null where it has none. */
  readonly status: number;
  readonly produces: Readonly<Record<string, z.ZodType | null>>;
}

export interface RouteInput<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Who asks: the name of the token, as it stands in the journal. */
  readonly actor: string;
}

export interface Route extends Shapes<unknown, unknown, unknown> {
  /** Is given what the schemas of the route let through. */
  readonly handle: (input: RouteInput) => Promise<Reply>;
}

/** Ties the type of the input to the schemas that check it. */
export function route<P, Q, B>(
  shapes: Shapes<P, Q, B> & { readonly handle: (input: RouteInput<P, Q, B>) => Promise<Reply> },
): Route {
  return { ...shapes, handle: (input) => shapes.handle(input as RouteInput<P, Q, B>) };
}
