/** The distinct values of many members, without a copy of them all: neighbours often share theirs. */

import { remember } from './remember.ts';

export function distinct<T, Value extends string | number>(
  members: readonly T[],
  of: (member: T) => Value,
): Set<Value> {
  const values = new Set<Value>();
  let last: Value | null = null;
  for (const member of members) {
    const value = of(member);
    if (value !== last) values.add(value);
    last = value;
  }
  return values;
}

interface HasService {
  readonly service: string;
}

const servicesOf = remember((cells: readonly HasService[]) => distinct(cells, ({ service }) => service));

/** Those of either arm. */
export function servicesIn(...arms: readonly { readonly cells: readonly HasService[] }[]): Set<string> {
  return arms.reduce((services, { cells }) => services.union(servicesOf(cells)), new Set<string>());
}
