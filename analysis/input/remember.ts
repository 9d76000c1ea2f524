/** What was worked out of the same list before: many ask the same of all cells of an arm. */

/** The list must not change. What is known of it goes when it does. */
export function remember<List extends object, Value>(compute: (list: List) => Value): (list: List) => Value {
  const known = new WeakMap<List, Value>();
  return (list) => {
    const value = known.get(list) ?? compute(list);
    known.set(list, value);
    return value;
  };
}
