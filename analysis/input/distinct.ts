/** The distinct values of many members, without a copy of them all: neighbours often share theirs. */

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
