/** A flagd definition file (JSON): read whole, checked, and replaced whole where it still is as it was read. */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { HingeError, messageOf } from '../../errors.ts';

/** https://flagd.dev/schema/v0/flags.json; what Hinge does not read is kept as it is. */
const Definition = z.looseObject({
  state: z.enum(['ENABLED', 'DISABLED']),
  variants: z.record(z.string(), z.unknown()).optional(),
  defaultVariant: z.string().nullish(),
  targeting: z.unknown().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
const Definitions = z.looseObject({ flags: z.record(z.string(), Definition) });

export type FlagdDefinition = Readonly<z.infer<typeof Definition>>;
export type FlagdFlags = Readonly<Record<string, FlagdDefinition>>;

export interface FlagdText {
  readonly text: string;
  readonly flags: FlagdFlags;
}

/** Own properties alone: a flag may be called `constructor`. */
export const definitionOf = (flags: FlagdFlags, flag: string): FlagdDefinition | undefined =>
  Object.hasOwn(flags, flag) ? flags[flag] : undefined;

export const unavailable = (path: string, cause: unknown, doing: string): HingeError =>
  new HingeError(
    'FLAGS_UNAVAILABLE',
    `${path} cannot be ${doing}: ${messageOf(cause)}; check the file and its folder`,
    {
      cause,
      retryable: true,
    },
  );

/** @throws {HingeError} FLAGS_UNAVAILABLE where it cannot be read, FLAGS_REFUSED where it is something else. */
export async function readFlagd(path: string): Promise<FlagdText> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw unavailable(path, cause, 'read');
  });
  try {
    return { text, flags: Definitions.parse(JSON.parse(text)).flags };
  } catch (cause) {
    const what = cause instanceof z.ZodError ? cause.issues[0]?.path.join('.') : messageOf(cause);
    throw new HingeError('FLAGS_REFUSED', `${path} is not a flagd definition file (${what}); flags are a JSON object`, {
      cause,
    });
  }
}

/** By rename, so that a reader sees the old text or the new one; on disk when it resolves. */
export async function replaceText(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.hinge-${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw unavailable(path, cause, 'written');
  }
}

/**
 * Writes the flag's definition into the text that was read. Files have no compare-and-swap: an edit within the moment between
 * the comparison and the rename is lost.
 * @throws {HingeError} FLAGS_CONFLICT where the file is another one by now: nothing is written.
 */
export async function writeDefinition(
  path: string,
  read: FlagdText,
  flag: string,
  definition: FlagdDefinition,
): Promise<void> {
  const whole = JSON.parse(read.text) as { flags: object };
  const next = { ...whole, flags: { ...whole.flags, [flag]: definition } };
  const { mode } = await stat(path);
  if ((await readFile(path, 'utf8')) !== read.text) {
    throw new HingeError('FLAGS_CONFLICT', `${path}: somebody else changed it first; nothing was written`);
  }
  await replaceText(path, `${JSON.stringify(next, null, 2)}\n`, mode);
}
