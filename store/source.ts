/** Where a derivation takes spans from: the table of telemetry, or what sealing keeps at hand. */
import { distinctOf, WINDOW } from './distinct.ts';
import { type Facts, spansOf } from './spans.ts';
import { selectVariants } from './variants.ts';

/** What was made of the spans beforehand, as statements that select it. */
interface AtHand {
  /** The odd calls, each with its peer. */
  readonly peered: string;
  /** Flag variants in force, per instance and slot. */
  readonly variants: string;
}

export interface SpanSource {
  readonly facts: Facts;
  /** Spans of the window that meet a condition on the columns of `SPAN_COLUMNS`, repeats dropped. */
  distinct(where: string): string;
  /** Likewise, where repeats do no harm. */
  all(where: string): string;
  /** Null where spans are dear to read: a statement had better read them once, and keep what it makes of them. */
  readonly atHand: AtHand | null;
}

/** Needs the parameters of `WINDOW`. */
export const storedSpans = (facts: Facts): SpanSource => ({
  facts,
  distinct: (where) => distinctOf((more) => spansOf(facts, `${WINDOW} AND ${where} AND ${more}`), ['trace_id']),
  all: (where) => spansOf(facts, `${WINDOW} AND ${where}`),
  atHand: null,
});

/** Flag variants in force in the slots of the window. */
export const variantsOf = ({ facts, atHand }: SpanSource): string => atHand?.variants ?? selectVariants(facts);
