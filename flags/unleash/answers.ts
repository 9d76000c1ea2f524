/** The parts of Unleash's answers that are read, checked: an answer of another shape is a fault, not a guess. */
import { z } from 'zod';
import { HingeError } from '../../errors.ts';
import type { FlagStrategy, Identity } from '../port.ts';

/** Null where there is none. */
const name = z
  .string()
  .nullish()
  .transform((text) => text ?? null);

const Strategy = z.object({
  id: z.string(),
  name: z.string(),
  disabled: z.boolean().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  variants: z.array(z.object({ name: z.string(), payload: z.object({ value: z.string() }).nullish() })).nullish(),
});

const Environment = z.object({ name: z.string(), enabled: z.boolean(), strategies: z.array(Strategy).nullish() });
const Feature = z.object({ environments: z.array(Environment) });
const Event = z.object({
  id: z.number(),
  type: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  createdByUserId: z.number().nullish(),
  featureName: z.string().nullish(),
  environment: name,
  /** Of some types an array; those are not read. */
  data: z.record(z.string(), z.unknown()).nullish().catch(null),
  preData: z.record(z.string(), z.unknown()).nullish().catch(null),
});
const Events = z.object({ events: z.array(Event) });
const Tags = z.object({ tags: z.array(z.object({ type: z.string(), value: z.string() })) });
const User = z.object({
  user: z.object({ id: z.number().optional(), username: z.string().nullish(), name: z.string().nullish() }),
});
const Rights = z.object({
  permissions: z.array(z.object({ permission: z.string(), project: name, environment: name })),
});
const Published = z.object({ meta: z.object({ revisionId: z.number() }) });

export type EnvironmentAnswer = z.infer<typeof Environment>;
/** Permissions of the whole server have neither project nor environment. */
export type UnleashRights = z.infer<typeof Rights>;
export type EventAnswer = z.infer<typeof Event>;

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = `${what}, ${issue?.path.join('.')}: ${issue?.message}`;
  throw new HingeError(
    'FLAGS_REFUSED',
    `Unleash's answer is not as expected (${where}); Hinge is tested with unleash-server 8.2`,
  );
}

export const eventsAnswer = (answer: unknown): z.infer<typeof Events> => read(Events, answer, 'events');
export const featureAnswer = (answer: unknown): z.infer<typeof Feature> => read(Feature, answer, 'flag');
export const rightsOf = (answer: unknown): UnleashRights => read(Rights, answer, 'user');
export const revisionOf = (answer: unknown): number => read(Published, answer, 'features').meta.revisionId;
export const tagsOf = (answer: unknown): string[] =>
  read(Tags, answer, 'tags').tags.map(({ type, value }) => `${type}:${value}`);

/** Admin tokens have no user: their changes are logged under one number for all. */
export function userOf(answer: unknown): Identity {
  const { user } = read(User, answer, 'user');
  return {
    name: user.username ?? user.name ?? 'a token',
    userId: user.id !== undefined && user.id > 0 ? user.id : null,
  };
}

export function strategiesOf(environment: EnvironmentAnswer): FlagStrategy[] {
  return (environment.strategies ?? []).map(({ id, name, disabled, parameters, variants }) => ({
    id,
    name,
    enabled: disabled !== true,
    rollout: typeof parameters?.rollout === 'string' ? parameters.rollout : null,
    variants: (variants ?? []).map((variant) => ({ name: variant.name, payload: variant.payload?.value ?? null })),
  }));
}
