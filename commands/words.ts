/** Turns the words of a command line into values, and names the ones it does not know. */

import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest.ts';
import { HingeError } from '../errors.ts';
import { COMMON_OPTIONS, type OptionsConfig, type Values } from './command.ts';

/**
 * Options named in `lists` take every word up to the next option, so that a shell's globs work: `--before a.json b.json`.
 * @throws HingeError USAGE naming the unknown option and the nearest known one.
 */
export function parseWords(
  argv: readonly string[],
  options: OptionsConfig,
  lists: readonly string[] = [],
): { words: string[]; values: Values } {
  const all: OptionsConfig = { ...COMMON_OPTIONS, ...options };
  const { tokens } = parseArgs({ args: [...argv], options: all, strict: false, allowPositionals: true, tokens: true });
  const words: string[] = [];
  const values: Record<string, string | boolean | (string | boolean)[]> = {};
  let list: string | undefined;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (list === undefined) words.push(token.value);
      else append(values, list, token.value);
    } else if (token.kind === 'option') {
      const value = optionValue(token, all);
      list = lists.includes(token.name) ? token.name : undefined;
      if (all[token.name]?.multiple) append(values, token.name, value);
      else values[token.name] = value;
    }
  }
  return { words, values };
}

function optionValue(
  token: { name: string; rawName: string; value?: string | undefined },
  options: OptionsConfig,
): string | boolean {
  const known = options[token.name];
  if (known === undefined) {
    const names = Object.keys(options).map((name) => `--${name}`);
    throw new HingeError(
      'USAGE',
      `unknown option ${token.rawName}${nearest(token.rawName, names) || '; --help lists them'}`,
    );
  }
  if (known.type === 'boolean') {
    if (token.value !== undefined) throw new HingeError('USAGE', `option ${token.rawName} takes no value`);
    return true;
  }
  if (token.value === undefined || token.value === '')
    throw new HingeError('USAGE', `option ${token.rawName} needs a value`);
  return token.value;
}

function append(
  values: Record<string, string | boolean | (string | boolean)[]>,
  name: string,
  value: string | boolean,
): void {
  const before = values[name];
  values[name] = [...(Array.isArray(before) ? before : []), value];
}

/** The text of an option, or undefined. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** All texts of an option that may be given several times. */
export function texts(values: Values, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The text of an option that allows some words only. @throws HingeError USAGE */
export function choice<T extends string>(values: Values, name: string, allowed: readonly T[], fallback: T): T {
  const value = text(values, name) ?? fallback;
  const known = allowed.find((each) => each === value);
  if (known === undefined) {
    throw new HingeError(
      'USAGE',
      `--${name} ${value}: expected one of ${allowed.join(', ')}${nearest(value, allowed)}`,
    );
  }
  return known;
}
