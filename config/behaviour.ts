/** A behaviour of the configuration: the binary and flag that carry it, and how far Hinge may turn it down. */

import { z } from 'zod';
import type { PolicyKind } from '../flags/behaviour.ts';
import type { ControllerMode } from '../model.ts';
import { ladderProblems, type Problem } from './ladder.ts';
import { oneName, oneTitle } from './names.ts';

const MODES = ['observe', 'dry-run', 'approve', 'act'] as const satisfies readonly ControllerMode[];

const POLICIES = ['tune', 'step-down', 'kill'] as const satisfies readonly PolicyKind[];

const seconds = z.number().positive().max(86_400);

const burnRule = z
  .strictObject({ longSeconds: seconds, shortSeconds: seconds, rate: z.number().positive() })
  .refine(({ longSeconds, shortSeconds }) => shortSeconds < longSeconds, {
    path: ['shortSeconds'],
    message: 'must be shorter than longSeconds',
  });

const fields = z.strictObject({
  name: oneTitle,
  service: oneName.describe('the service whose binary carries the behaviour'),
  flag: oneName,
  environments: z.array(oneName).min(1),
  mode: z.enum(MODES).default('dry-run'),
  slos: z.array(oneTitle).min(1),
  policy: z.enum(POLICIES).optional().describe('tune where there is a ladder, kill where there is none'),
  ladder: z.array(z.string()).max(20).default([]).describe('variant payloads from new to safe'),
  bounds: z
    .record(z.string().min(1), z.strictObject({ min: z.number(), max: z.number() }))
    .optional()
    .describe('of each number in the payloads'),
  rolloutLadder: z.array(z.int().min(0).max(99)).max(20).default([]).describe('percentages, from high to low'),
  approvals: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe('people who must agree: to a change in the mode approve, to a restore in any'),
  onNoRecovery: z
    .enum(['offer', 'restore'])
    .default('offer')
    .describe('turned off and still bad: put the flag back when a person agrees, or once without'),
  burn: z.array(burnRule).min(1).optional().describe('by the windows of the SLOs when left out'),
  cooldownSeconds: seconds.min(60).default(1_800).describe('at most one change of the flag within it'),
  publishedTimeoutSeconds: seconds.default(30),
  recoveryTimeoutSeconds: seconds.default(600).describe('without recovery by then the change did not help'),
  recoveryWindowSeconds: seconds.optional().describe('over which recovery is measured; the shortest burn window'),
  exposureWindowSeconds: seconds.default(30).describe('in which no instance may report the variant any more'),
  staleSeconds: seconds.default(120).describe('telemetry older than this is no ground to act on'),
  minEvents: z.int().min(1).max(1_000_000).default(30).describe('fewer events in a window say nothing'),
  goodLooks: z.int().min(1).max(100).default(3).describe('looks in a row that must be good before recovery is proved'),
});

export type BehaviourSettings = z.infer<typeof fields>;

/** Names that stand in a list twice. */
function repeated(key: string, names: readonly string[]): Problem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [{ path: [key, index], message: `names "${name}" a second time` }] : [],
  );
}

/** Each policy has its own way down, and only that one. */
function policyProblems({ policy, ladder, rolloutLadder }: BehaviourSettings): Problem[] {
  const problem = (key: string, message: string): Problem[] => [{ path: [key], message }];
  if (policy === 'kill' && ladder.length > 0)
    return problem('ladder', 'is never stepped down by the policy kill; leave it out');
  if (policy === 'tune' && ladder.length === 0) return problem('policy', 'tune needs a ladder of payloads');
  if (policy === 'step-down' && rolloutLadder.length === 0) return problem('policy', 'step-down needs a rolloutLadder');
  if (policy === 'step-down' && ladder.length > 0)
    return problem('ladder', 'is never stepped down by the policy step-down, which lowers the rollout; leave it out');
  if (policy !== 'step-down' && rolloutLadder.length > 0) return problem('rolloutLadder', 'needs policy: step-down');
  const rising = rolloutLadder.findIndex((percentage, index) => percentage >= (rolloutLadder[index - 1] ?? 100));
  return rising < 0 ? [] : [{ path: ['rolloutLadder', rising], message: 'must be lower than the rung before it' }];
}

export const behaviour = fields.superRefine((settings, context) => {
  const { environments, slos, ladder, bounds } = settings;
  const problems = [
    ...repeated('environments', environments),
    ...repeated('slos', slos),
    ...policyProblems(settings),
    ...ladderProblems(ladder, bounds),
  ];
  for (const { path, message } of problems) context.addIssue({ code: 'custom', path: [...path], message });
});
