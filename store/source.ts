/** Where a derivation takes spans from: the table of telemetry, or what sealing keeps at hand. */
import { distinctOf, WINDOW } from './distinct.ts';
import { type Facts, spansOf } from './spans.ts';

export interface SpanSource {
  readonly facts: Facts;
  /** Spans of the window that meet a condition on the columns of `SPAN_COLUMNS`, repeats dropped. */
  distinct(where: string): string;
  /** Likewise, where repeats do no harm. */
  all(where: string): string;
  /** Whether a statement had better read its spans once and keep them, however often it uses them. */
  readonly isDear: boolean;
}

/** Needs the parameters of `WINDOW`. */
export const storedSpans = (facts: Facts): SpanSource => ({
  facts,
  distinct: (where) => distinctOf((more) => spansOf(facts, `${WINDOW} AND ${where} AND ${more}`), ['trace_id']),
  all: (where) => spansOf(facts, `${WINDOW} AND ${where}`),
  isDear: true,
});
