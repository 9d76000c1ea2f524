/** Whether Unleash answers, and whether its token may do what Hinge needs and no more. */

import type { Config } from '../../config.ts';
import { counted } from '../../dashboards/report/words.ts';
import { isAdmin, missingToWrite, readRights, type UnleashRights } from '../../flags/unleash/rights.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import type { ControllerMode, Log } from '../../model.ts';
import { defined } from '../defined.ts';
import type { Outcome } from './outcome.ts';

const READ_ONLY_MODES = new Set(['observe', 'dry-run']);

export async function unleashCheck({ unleash, behaviours }: Config, log: Log): Promise<Outcome> {
  if (unleash === undefined) {
    const text = 'not configured: no flag can be read or turned down; set unleash.url and unleash.token';
    return { state: behaviours.length > 0 ? 'fail' : 'warn', text };
  }
  const { url, token, project, backendToken } = unleash;
  const port = createUnleash(defined({ url, token, project, log, backendToken }));
  const { name, userId } = await port.whoAmI();
  const places = behaviours.flatMap(placesOf);
  for (const { flag, environment } of places) await port.snapshot(flag, environment);
  if (backendToken !== undefined) await port.published(0);
  if (userId === null) {
    const nobody = `${url} takes the token, but it is nobody's: give Hinge a user of its own, with the root role Editor (Viewer while no behaviour acts), so that people's changes can be told from its own`;
    return { state: 'warn', text: nobody };
  }
  const { state, text } = privilege(await readRights(unleash), places, project);
  return { state, text: `${url} knows us as ${name}; ${counted(behaviours.length, 'flag')} read; ${text}` };
}

interface Place {
  readonly flag: string;
  readonly environment: string;
  readonly mode: ControllerMode;
}

const placesOf = ({ flag, mode, environments }: Config['behaviours'][number]): Place[] =>
  environments.map((environment) => ({ flag, environment, mode }));

/** The root role Editor is the least of the open-source edition that can write. */
function privilege(rights: UnleashRights, places: readonly Place[], project: string): Outcome {
  const acting = places.filter(({ mode }) => !READ_ONLY_MODES.has(mode));
  const enough = acting.length === 0 ? 'Viewer is enough while no behaviour acts' : 'Editor is enough';
  if (isAdmin(rights)) return { state: 'warn', text: `its role is Admin, which may do everything: ${enough}` };
  for (const { flag, environment } of acting) {
    const missing = missingToWrite(rights, project, environment);
    if (missing.length === 0) continue;
    const lacks = `it may not turn ${flag} down in ${environment}: ${missing.join(' and ')} of project ${project} is missing`;
    return { state: 'fail', text: `${lacks}; give its user the root role Editor` };
  }
  if (acting.length > 0) return { state: 'ok', text: 'it may turn them down, and is not Admin' };
  if (places.length === 0) return { state: 'ok', text: 'what it may do is checked once there are behaviours' };
  const writable = places.find(({ environment }) => missingToWrite(rights, project, environment).length === 0);
  if (writable === undefined) return { state: 'ok', text: 'it may read and not write, as no behaviour acts' };
  return { state: 'warn', text: `it may write in ${writable.environment}: ${enough}` };
}
