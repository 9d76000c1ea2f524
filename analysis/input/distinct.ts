/** The distinct values of many members, without a copy of them all: neighbours often share theirs. */

export function distinct<T, Value extends string | number>(
  members: readonly T[],
  of: (member: T) => Value,
): Set<Value> {
  const values = new Set<Value>();
  let last: Value | null = null;
  // By index: until it is compiled, an iterator takes several times as long.
  for (let index = 0; index < members.length; index++) {
    const value = of(members[index] as T);
    if (value !== last) values.add(value);
    last = value;
  }
  return values;
}
