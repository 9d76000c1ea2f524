/** An SLO of the configuration. */

import { z } from 'zod';
import { oneName, oneTitle } from './names.ts';

export const slo = z
  .strictObject({
    name: oneTitle,
    service: oneName,
    endpoint: oneTitle.optional().describe('all of the service when left out'),
    indicator: z.enum(['latency', 'errors', 'retries']),
    thresholdMs: z.number().positive().max(3_600_000).optional().describe('for latency: a call is good up to this'),
    objective: z.number().gt(0).lt(1).describe('share of calls that must be good'),
    windowDays: z.number().min(1).max(366).default(30).describe('rolling period of the error budget'),
  })
  .superRefine(({ indicator, thresholdMs }, context) => {
    const isLatency = indicator === 'latency';
    if (isLatency === (thresholdMs !== undefined)) return;
    const message = isLatency
      ? 'a latency SLO needs thresholdMs'
      : `an SLO of ${indicator} has no threshold; leave it out`;
    context.addIssue({ code: 'custom', path: ['thresholdMs'], message });
  });

export type SloSettings = z.infer<typeof slo>;
