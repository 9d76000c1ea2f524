/** What may be wrong with a ladder of payloads: pure. */

import { isDeepStrictEqual } from 'node:util';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Where in the behaviour, and what is wrong there. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Settings = Readonly<Record<string, unknown>>;

const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(payload: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(payload) };
  } catch {
    return null;
  }
}

/** Why a rung is not within bounds; null when it is. */
function outside(rung: unknown, bounds: Readonly<Record<string, Bounds>>): string | null {
  if (!isSettings(rung)) return 'is not an object of settings, as bounds ask for';
  for (const [key, value] of Object.entries(rung)) {
    const range = Object.hasOwn(bounds, key) ? bounds[key] : undefined;
    if (range === undefined && typeof value !== 'number') continue;
    if (range === undefined) return `${key} is a number without bounds; give bounds.${key} a min and a max`;
    if (typeof value !== 'number') return `${key} must be a number from ${range.min} to ${range.max}`;
    if (!(value >= range.min && value <= range.max))
      return `${key} is ${value}, but bounds allow ${range.min} to ${range.max}`;
  }
  return null;
}

function boundsProblems(rungs: readonly unknown[], bounds: Readonly<Record<string, Bounds>>): Problem[] {
  return Object.entries(bounds).flatMap(([key, { min, max }]) => {
    if (min > max) return [{ path: ['bounds', key, 'max'], message: `is below min (${min})` }];
    const isUsed = rungs.some((rung) => isSettings(rung) && Object.hasOwn(rung, key));
    return isUsed ? [] : [{ path: ['bounds', key], message: 'no rung of the ladder has this setting' }];
  });
}

/** Rungs are JSON, differ from one another, and keep to the bounds where there are some. */
export function ladderProblems(
  ladder: readonly string[],
  bounds: Readonly<Record<string, Bounds>> | undefined,
): Problem[] {
  const rungs: unknown[] = [];
  const problems: Problem[] = [];
  for (const [index, payload] of ladder.entries()) {
    const rung = parsed(payload);
    const twin = rung === null ? -1 : rungs.findIndex((other) => isDeepStrictEqual(other, rung.value));
    const wrong = rung === null ? 'is not JSON' : bounds === undefined ? null : outside(rung.value, bounds);
    if (wrong !== null) problems.push({ path: ['ladder', index], message: wrong });
    else if (twin >= 0)
      problems.push({ path: ['ladder', index], message: `says the same as rung ${twin}; every rung must differ` });
    rungs.push(rung?.value);
  }
  if (ladder.length === 1)
    problems.push({
      path: ['ladder', 0],
      message: 'is the only rung: the first is the payload of the new behaviour, the next a safer one',
    });
  return bounds === undefined ? problems : [...problems, ...boundsProblems(rungs, bounds)];
}
