/** Flag variants in force, per instance and slot. Few spans tell one. */
import { WINDOW } from './distinct.ts';
import { FLAG, FLAG_VARIANT } from './facts.ts';
import { type Facts, factOf, hasMark, SLOT } from './spans.ts';

export const selectVariants = (facts: Facts) => `SELECT slot, service, instance,
  if(max(variants) > 1, 'mixed', arrayStringConcat(arraySort(groupArray(concat(flag, '=', variant))), ',')) AS variant
FROM (
  SELECT slot, service, instance, flag, uniqExact(each) AS variants, min(each) AS variant
  FROM (
    SELECT ${SLOT} AS slot, ServiceName AS service, ${factOf(facts, 'HingeInstance')} AS instance,
      ${FLAG} AS flag, ${FLAG_VARIANT} AS each
    FROM otel_traces PREWHERE ${WINDOW} AND ${hasMark(facts, 'flagged')} WHERE ${FLAG} != ''
  )
  GROUP BY slot, service, instance, flag
)
GROUP BY slot, service, instance`;
