/** The configuration: its schema, its defaults, and the frozen result of file < environment < options. */

import { z } from 'zod';
import { problemsAcross } from './config/across.ts';
import { behaviour } from './config/behaviour.ts';
import { notice } from './config/notice.ts';
import { readOpenSlo } from './config/openslo.ts';
import { inner, Origins } from './config/origins.ts';
import { slo } from './config/slo.ts';
import { mergeSources, type Sources } from './config/sources.ts';

const port = z.int().min(0).max(65_535);
const positive = z.number().positive();
const share = z.number().min(0).max(1);

const store = z.strictObject({
  url: z.url().optional().describe('a ClickHouse server to use instead of the embedded engine'),
  username: z.string().default('default'),
  password: z.string().default(''),
  database: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and _ only')
    .default('hinge'),
  durability: z.enum(['durable', 'fast']).default('durable'),
  port: port.default(0).describe('HTTP port of the embedded engine, for Grafana; 0 takes a free one'),
  slotSeconds: z.int().min(5).max(3_600).default(60),
  sealDelaySeconds: z.number().min(0).max(86_400).default(120),
  retentionDays: z.int().min(1).max(3_650).default(14).describe('spans older than this are dropped; cells stay'),
  metricsRetentionDays: z.int().min(1).max(3_650).optional().describe('points older than this; as spans when left out'),
  cellRetentionMonths: z.int().min(1).max(1_200).default(13).describe('sealed cells older than this are dropped'),
  horizonSeconds: z.number().min(1).max(3_600).default(60).describe('how far apart spans of one trace may lie'),
});

const collector = z.strictObject({
  enabled: z.boolean().default(true).describe('false where somebody else fills the tables of telemetry'),
  host: z.string().default('127.0.0.1'),
  port: port.default(4318).describe('OTLP/HTTP'),
  grpcPort: port.nullable().default(4317).describe('OTLP/gRPC; null switches it off'),
  tls: z
    .strictObject({
      certFile: z.string().min(1),
      keyFile: z.string().min(1),
      clientCaFile: z.string().min(1).optional().describe('clients must show a certificate that it signed'),
    })
    .optional(),
  corsOrigins: z.array(z.string()).default([]),
  threads: z
    .int()
    .min(0)
    .max(32)
    .optional()
    .describe('threads that take telemetry; 0 for none of their own; one, where there is more than one core'),
});

const api = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: port.default(4319),
  allowedHosts: z.array(z.string()).default([]).describe('names with a dot by which browsers may ask'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where people reach the page; links in notices begin with it'),
});

const analysis = z.strictObject({
  windowMinutes: positive.max(20_160).default(60).describe('length of the baseline before and the candidate after'),
  historyDays: z.int().min(0).max(60).default(7).describe('earlier days whose same hours are the control; 0 for none'),
  falseDiscoveryRate: share.default(0.05),
  tolerances: z
    .strictObject({
      p50: share.default(0.05),
      p95: share.default(0.05),
      p99: share.default(0.05),
      p999: share.default(0.1),
      errors: share.optional(),
      retries: share.optional(),
      calls: share.optional(),
    })
    .prefault({}),
  floorMs: z.number().min(0).optional(),
  warmupSeconds: z.number().min(0).optional(),
});

const unleash = z.strictObject({
  url: z.url(),
  token: z.string().min(1).describe('a token of a user of its own, with the root role Editor (Viewer for dry-run)'),
  backendToken: z.string().min(1).optional(),
  project: z.string().default('default'),
});

const flagd = z.strictObject({
  file: z.string().min(1).describe('the definition file that flagd watches, JSON'),
  environment: z.string().min(1).describe('the environment that the file is of'),
});

const SCOPES = ['ingest', 'read', 'operate', 'admin'] as const;

const token = z.strictObject({
  name: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'the SHA-256 of the token in 64 hex digits, as hinge token prints it'),
  scopes: z.array(z.enum(SCOPES)).min(1),
  expires: z.iso.date().optional().describe('the last day on which it counts, UTC'),
});

const controller = z.strictObject({ intervalSeconds: positive.max(300).default(10) });

const flags = z.strictObject({
  stopFile: z.string().min(1).optional().describe('no flag is written to while it exists; STOP in the data folder'),
});

/** Every key that hinge.yaml may have. Unknown keys are refused, with the line and the nearest known key. */
export const configSchema = z.strictObject({
  data: z.string().min(1).default('./hinge-data'),
  insecure: z.boolean().default(false).describe('allow addresses beyond loopback without tokens'),
  log: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  store: store.prefault({}),
  collector: collector.prefault({}),
  api: api.prefault({}),
  tokens: z
    .array(token)
    .default([])
    .describe('who may send telemetry and ask; nobody has to show one unless there are some'),
  analysis: analysis.prefault({}),
  controller: controller.prefault({}),
  flags: flags.prefault({}),
  unleash: unleash.optional(),
  flagd: flagd.optional().describe('instead of unleash'),
  slos: z.array(slo).default([]),
  openslo: z
    .array(z.string().min(1))
    .default([])
    .describe('files of OpenSLO v1 documents, whose SLOs are added to slos'),
  behaviours: z.array(behaviour).default([]),
  notices: z.array(notice).default([]).describe('who is told of decisions'),
});

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

export type Config = DeepReadonly<z.infer<typeof configSchema>>;

/**
 * The configuration from its sources, checked and frozen.
 * @throws HingeError CONFIG_INVALID naming the first wrong key or value, where it stands, and what is allowed.
 */
export function loadConfig(sources: Sources): Config {
  const origins = new Origins(mergeSources(sources, leafPaths(configSchema)));
  const parsed = configSchema.safeParse(origins.value);
  if (!parsed.success) throw origins.describe(parsed.error, configSchema);
  const { slos, openslo: files } = parsed.data;
  const read = readOpenSlo({
    files,
    beside: sources.file,
    taken: new Set(slos.map(({ name }) => name)),
    refusal: (index, message) => origins.refusal(['openslo', index], message),
  });
  const config = { ...parsed.data, slos: [...slos, ...read] };
  const [problem] = problemsAcross(config);
  if (problem !== undefined) throw origins.refusal(problem.path, problem.message);
  return deepFreeze(config) as Config;
}

/** Dotted paths of all plain values that can be set one by one: `store.slotSeconds`, not lists. */
function leafPaths(schema: z.ZodType, prefix: readonly string[] = []): string[] {
  const bare = inner(schema);
  if (bare instanceof z.ZodObject) {
    return Object.entries(bare.shape).flatMap(([key, value]) => leafPaths(value as z.ZodType, [...prefix, key]));
  }
  return bare instanceof z.ZodArray ? [] : [prefix.join('.')];
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const each of Object.values(value)) deepFreeze(each);
  return Object.freeze(value);
}
