/** OpenSLO v1 documents, as far as they bear on an SLO (https://github.com/OpenSLO/OpenSLO, README, version v1). Unknown keys are refused. */

import { z } from 'zod';

const text = z.string();

const metadata = z.strictObject({
  name: text.min(1),
  displayName: text.optional(),
  labels: z.record(text, z.unknown()).optional(),
  annotations: z.record(text, text).optional(),
});

const metric = z.strictObject({
  metricSource: z.strictObject({
    metricSourceRef: text.optional(),
    type: text.optional(),
    spec: z.record(text, z.unknown()).optional(),
  }),
});

const sliSpec = z.strictObject({
  description: text.optional(),
  thresholdMetric: metric.optional(),
  ratioMetric: z
    .strictObject({
      counter: z.boolean().optional(),
      good: metric.optional(),
      bad: metric.optional(),
      total: metric.optional(),
      rawType: z.enum(['success', 'failure']).optional(),
      raw: metric.optional(),
    })
    .optional(),
});

const objective = z.strictObject({
  displayName: text.optional(),
  op: z.enum(['lte', 'gte', 'lt', 'gt']).optional(),
  value: z.number().optional(),
  target: z.number().optional(),
  targetPercent: z.number().optional(),
  timeSliceTarget: z.unknown().optional(),
  timeSliceWindow: z.unknown().optional(),
  indicator: z.unknown().optional(),
  indicatorRef: z.unknown().optional(),
  compositeWeight: z.unknown().optional(),
});

const sloSpec = z.strictObject({
  description: text.optional(),
  service: text,
  indicator: z.strictObject({ metadata: metadata.optional(), spec: sliSpec }).optional(),
  indicatorRef: text.optional(),
  timeWindow: z
    .array(z.strictObject({ duration: text, isRolling: z.boolean().optional(), calendar: z.unknown().optional() }))
    .length(1)
    .optional(),
  budgetingMethod: z.enum(['Occurrences', 'Timeslices', 'RatioTimeslices']),
  objectives: z.array(objective).min(1),
  alertPolicies: z.array(z.unknown()).optional(),
});

const apiVersion = z.literal('openslo/v1');

export const documents = {
  SLO: z.strictObject({ apiVersion, kind: z.literal('SLO'), metadata, spec: sloSpec }),
  SLI: z.strictObject({ apiVersion, kind: z.literal('SLI'), metadata, spec: sliSpec }),
  Service: z.strictObject({
    apiVersion,
    kind: z.literal('Service'),
    metadata,
    spec: z.strictObject({ description: text.optional() }).optional(),
  }),
} as const;

export type SloSpec = z.infer<typeof sloSpec>;
export type SliSpec = z.infer<typeof sliSpec>;
export type Objective = z.infer<typeof objective>;
