/** From the words of a command line to the configuration it asks for. */

import { type Config, loadConfig } from '../config.ts';
import type { Invocation } from './command.ts';
import { text, texts } from './words.ts';

/** The configuration that an invocation asks for. */
export function configOf({ values, environment }: Invocation): Config {
  const data = text(values, 'data');
  const assignments = [...texts(values, 'set'), ...(data === undefined ? [] : [`data=${data}`])];
  return loadConfig({ file: text(values, 'config') ?? environment.HINGE_CONFIG, environment, assignments });
}
