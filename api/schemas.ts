/** Every shape that crosses the wire, once: checked on the way in, published as JSON Schema and OpenAPI. */
import { z } from 'zod';
import type { Action, ChangedBuild, JournalEntry, Report, Upgrade } from '../model.ts';

const timestampMs = z.number().describe('milliseconds since the Unix epoch');
const shareOfOne = z.number().min(0).max(1);
const interval = z.tuple([z.number(), z.number()]).readonly().describe('95 % interval: low, high');
const sizes = z.object({ baseline: z.number(), candidate: z.number() }).readonly();
const range = z.object({ startMs: timestampMs, endMs: timestampMs }).readonly().describe('half-open: [startMs, endMs)');
const text = z.string();

const verdict = z.enum(['regressed', 'improved', 'unchanged', 'inconclusive']);
const conclusion = z.enum([
  'BINARY',
  'CONTRIBUTING',
  'CALL_PATTERN',
  'TRAFFIC_MIX',
  'EXTERNAL',
  'ENVIRONMENT',
  'UNEXPLAINED',
  'NONE',
]);
const control = z.enum(['concurrent', 'diff-in-diff', 'history', 'before-after']);
const controllerState = z.enum([
  'OBSERVE',
  'SUSPECT',
  'CONFIRMED',
  'AWAIT_APPROVAL',
  'STEP_DOWN',
  'TUNE',
  'KILL',
  'VERIFY_PUBLISHED',
  'VERIFY_RECOVERY',
  'HOLD',
  'HANDED_BACK',
  'EXHAUSTED',
  'RESTORE',
  'YIELDED',
  'BLOCKED',
]);
const journalState = z.enum([...controllerState.options, 'STOPPED', 'RESUMED']);
const signal = z.union([
  z.enum(['latency.p50', 'latency.p95', 'latency.p99', 'latency.p99.9', 'errors', 'retries', 'calls']),
  z.templateLiteral(['metric:', z.string()]),
]);

const shiftPoint = z
  .object({ p: shareOfOne, baselineNs: z.number(), candidateNs: z.number(), lowNs: z.number(), highNs: z.number() })
  .readonly()
  .describe('one percentile; lowNs and highNs are the 95 % interval of candidate minus baseline');

const finding = z
  .object({
    service: text,
    endpoint: text,
    kind: z.enum(['SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER', 'INTERNAL', 'UNSPECIFIED']),
    peer: text,
    signal,
    verdict,
    control,
    baseline: z
      .number()
      .nullable()
      .describe('nanoseconds, share of calls, attempts per logical call, or calls per request'),
    candidate: z.number().nullable(),
    ratio: z.number().nullable(),
    interval: interval.nullable(),
    p: z.number().nullable(),
    q: z.number().nullable().describe('p adjusted for the false discovery rate'),
    calls: sizes,
    instances: sizes,
    minimumDetectable: z.number().nullable().describe('smallest ratio that this much data would have shown'),
    confidence: z.enum(['high', 'low']),
    conclusive: z
      .boolean()
      .describe('regressed or improved, and the whole interval is beyond the tolerance and the floor'),
    reason: text,
    exemplars: z.object({ baseline: z.array(text).readonly(), candidate: z.array(text).readonly() }).readonly(),
    shift: z.array(shiftPoint).readonly(),
  })
  .readonly();

const suspect = z
  .object({
    rank: z.number(),
    service: text,
    from: text,
    to: text,
    changed: z.boolean().describe('whether the manifest names the service'),
    share: z.number().nullable().describe('part of the regression that it explains, 0 to 1'),
    interval: interval.nullable(),
    evidence: z.array(text).readonly(),
    intervention: z
      .enum(['confirmed', 'cleared'])
      .exactOptional()
      .describe('whether turning its flag down removed the regression; left out where that was not tried'),
  })
  .readonly();

const lead = z
  .object({
    rank: z.number(),
    service: text,
    from: text,
    to: text,
    changed: z.boolean().describe('whether the manifest names the service'),
    p: shareOfOne.describe('of its strongest evidence alone'),
    tests: z.number().describe('how many tests were asked, of all services'),
    chance: shareOfOne.describe(
      'at most this part of the releases in which nothing changed has one as strong among so many tests',
    ),
    evidence: z.array(text).readonly(),
  })
  .readonly();

export const actionSchema = z
  .object({ atMs: timestampMs, flag: text, environment: text, state: journalState, text })
  .readonly()
  .meta({ id: 'Action', description: 'what the controller did or would do' });

export const reportSchema = z
  .object({
    schema: z.literal('hinge.report/1'),
    title: text,
    verdict,
    conclusion,
    control,
    headline: text,
    windows: z.object({ baseline: range, candidate: range }).readonly(),
    findings: z.array(finding).readonly().describe('worst first'),
    suspects: z.array(suspect).readonly().describe('most suspicious first'),
    leads: z
      .array(lead)
      .readonly()
      .describe(
        'where nothing regressed: what to look at first, below the bar; it accuses nobody, and nothing acts on it',
      ),
    actions: z.array(actionSchema).readonly().describe('newest last'),
    health: z
      .object({
        calls: sizes,
        slots: sizes,
        services: z.number(),
        endpoints: z.number(),
        expectedFalseFlags: z.number(),
        notes: z.array(text).readonly(),
      })
      .readonly(),
  })
  .readonly()
  .meta({ id: 'Report', description: 'the report of one upgrade or one comparison: hinge.report/1' });

const name = z.string().min(1).max(200);

const changedBuildSchema = z
  .strictObject({
    service: name,
    from: z.string().max(200),
    to: z.string().max(200),
    releasedAt: z.iso.datetime({ offset: true }).exactOptional(),
    path: z.string().max(1_000).exactOptional(),
  })
  .readonly()
  .meta({ id: 'ChangedBuild', description: 'a service whose build the upgrade changed' });

export const upgradeSchema = z
  .object({
    id: text,
    name: text,
    startedMs: timestampMs,
    finishedMs: timestampMs.nullable(),
    changed: z.array(changedBuildSchema).readonly(),
  })
  .readonly()
  .meta({ id: 'Upgrade' });

export const startUpgradeSchema = z.strictObject({
  name,
  changed: z.array(changedBuildSchema).max(10_000).default([]),
});

export const upgradeIdSchema = z.strictObject({ id: name.describe('an upgrade id, or `latest`') });
export const flagSchema = z.strictObject({ flag: name });
export const reportQuerySchema = z.strictObject({
  format: z.enum(['json', 'html', 'markdown', 'text']).default('json'),
});

const flagStatusSchema = z
  .object({
    flag: text,
    environment: text,
    mode: z.enum(['observe', 'dry-run', 'approve', 'act']),
    state: controllerState,
    text,
    awaits: z
      .object({
        kind: z.enum(['change', 'restore']),
        id: text.describe('names exactly this proposal'),
        text,
        approvedBy: z.array(text).readonly(),
        needed: z.number().describe('different people who must approve'),
      })
      .readonly()
      .nullable()
      .describe('what waits for people'),
  })
  .readonly()
  .meta({ id: 'FlagStatus' });
export type FlagStatus = z.infer<typeof flagStatusSchema>;

const automationSchema = z
  .object({
    on: z.boolean().describe('false while a person stopped it, or another Hinge is the active controller'),
    text,
  })
  .readonly()
  .meta({ id: 'Automation', description: 'whether this Hinge may write to flags at all' });
export type Automation = z.infer<typeof automationSchema>;

export const flagStatesSchema = z.object({ items: z.array(flagStatusSchema), automation: automationSchema });

/** Which proposal is meant, where that matters. */
export const proposalChoiceSchema = z
  .strictObject({
    environment: name.exactOptional().describe('where the flag awaits people in several'),
    id: name.exactOptional().describe('refused when another proposal awaits by now'),
  })
  .readonly();
export type ProposalChoice = z.infer<typeof proposalChoiceSchema>;

const outcome = z.enum([
  ...(['under-way', 'recovered', 'improved', 'did-not-help', 'undone', 'not-enough', 'left', 'not-applied'] as const),
]);
const milliseconds = z.number().nullable().describe('milliseconds; null where the journal does not tell');

export const outcomesSchema = z
  .object({
    items: z
      .array(
        z
          .object({
            flag: text,
            environment: text,
            upgradeId: text,
            decidedMs: timestampMs,
            outcome,
            detectMs: milliseconds,
            decideMs: milliseconds,
            publishMs: milliseconds,
            recoverMs: milliseconds,
          })
          .readonly(),
      )
      .readonly()
      .describe('every change of a flag, oldest first'),
    summary: z
      .object({
        changes: z.number(),
        counts: z.record(outcome, z.number()),
        detectMs: milliseconds.describe('medians, from the start of the upgrade to the confirmed breach'),
        decideMs: milliseconds.describe('from there to the decision'),
        publishMs: milliseconds.describe('from the decision until applications have the change'),
        recoverMs: milliseconds.describe('from the decision until recovery is proved'),
        falseRollbackRate: shareOfOne
          .nullable()
          .describe('of the changes that ended: did not help, or undone by a person before recovery'),
      })
      .readonly(),
  })
  .readonly()
  .meta({ id: 'Outcomes', description: 'what became of the changes of flags, and how fast' });
export type Outcomes = z.infer<typeof outcomesSchema>;

export const replaySchema = z.strictObject({
  behaviours: z.array(z.unknown()).max(1_000).describe('as in hinge.yaml'),
  slos: z.array(z.unknown()).max(1_000).describe('as in hinge.yaml'),
  lateMinutes: z.number().positive().default(5).describe('an action longer than this after the first breach is late'),
});

export const replayedSchema = z
  .object({
    upgrade: z.object({ id: text, name: text, startedMs: timestampMs }).readonly(),
    range: range.describe('the time that was walked through'),
    report: z.object({ verdict, conclusion, headline: text }).readonly(),
    items: z
      .array(
        z
          .object({
            behaviour: text,
            service: text,
            flag: text,
            environment: text,
            actedMs: timestampMs
              .nullable()
              .describe('when the policy would have made its first change; null for never'),
            text: text.describe('what it would have done, or what it said last'),
            firstBreachMs: timestampMs.nullable().describe('when an SLO was first missed over the shortest window'),
            verdict: z.enum(['right', 'late', 'wrong', 'missed', 'quiet', 'untold']),
            because: text,
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly()
  .meta({ id: 'Replayed', description: 'what a policy would have done in an upgrade' });
export type Replayed = z.infer<typeof replayedSchema>;

export const brakeQuerySchema = z.strictObject({
  way: z.enum(['api', 'command']).default('api').describe('by which way a person says it, for the journal'),
});
export type BrakeWay = z.infer<typeof brakeQuerySchema>['way'];

export const journalQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('the number of a line'),
});

export const journalEntrySchema = z
  .object({
    sequence: z.number().describe('1, 2, 3 ...'),
    atMs: timestampMs,
    actor: text.describe('hinge, or the name of the token of the person who acted'),
    flag: text,
    environment: text,
    upgradeId: text,
    state: journalState,
    intent: text.describe('what is about to be written to the flag server, as JSON; empty when nothing is'),
    text,
    evidence: text.describe('the state and the readings behind the decision, as JSON'),
    previousHash: text,
    hash: text.describe('SHA-256, hex, over all the other fields as a JSON array in this order'),
  })
  .readonly()
  .meta({ id: 'JournalEntry', description: 'one line of the journal' });

export const readinessSchema = z
  .object({
    ready: z.boolean(),
    checks: z.array(z.object({ name: text, ok: z.boolean(), text }).readonly()).readonly(),
  })
  .readonly();

const bytes = z.number().min(0);

export const storageSchema = z
  .object({
    tables: z
      .array(
        z
          .object({
            name: text,
            rows: z.number().min(0),
            bytes: bytes.describe('on the disk, compressed'),
            oldestMs: timestampMs.nullable().describe('null while the table is empty'),
            newestMs: timestampMs.nullable(),
            kept: z
              .object({
                count: z.number(),
                unit: z.enum(['second', 'minute', 'hour', 'day', 'week', 'month', 'year']),
              })
              .readonly()
              .nullable()
              .describe('how long its rows stay; null for ever'),
            madeByHinge: z.boolean().describe('whether its retention is set by Hinge'),
            growth: z
              .object({ bytesPerDay: bytes, days: z.number().describe('full UTC days that this is the mean of') })
              .readonly()
              .nullable()
              .describe('null before the first full day'),
          })
          .readonly(),
      )
      .readonly(),
    disk: z
      .object({ freeBytes: bytes, totalBytes: bytes })
      .readonly()
      .nullable()
      .describe('of the disks that the tables are on; null where they have no end'),
  })
  .readonly()
  .meta({ id: 'Storage', description: 'what the tables take on the disk, and how fast they grow' });
export type Storage = z.infer<typeof storageSchema>;

export const problemSchema = z
  .object({ type: text, title: text, status: z.number(), code: text, detail: text })
  .meta({ id: 'Problem', description: 'RFC 9457; code is one of docs/errors.md' });

// The wire and the vocabulary are one: a field that only one of them has does not compile.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = T extends readonly [infer A, infer B]
  ? readonly [Flat<A>, Flat<B>]
  : T extends readonly (infer E)[]
    ? readonly Flat<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Flat<T[K]> }
      : T;
const agree = <_Agreed extends true>(): void => {};
agree<Same<Flat<z.infer<typeof reportSchema>>, Flat<Report>>>();
agree<Same<Flat<z.infer<typeof upgradeSchema>>, Flat<Upgrade>>>();
agree<Same<Flat<z.infer<typeof journalEntrySchema>>, Flat<JournalEntry>>>();
agree<Same<Flat<z.infer<typeof actionSchema>>, Flat<Action>>>();
agree<Same<Flat<z.infer<typeof changedBuildSchema>>, Flat<ChangedBuild>>>();
