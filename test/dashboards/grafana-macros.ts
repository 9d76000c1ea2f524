/**
 * What Grafana's ClickHouse plugin and Grafana's templates do to a query before it runs, as far as boards use it.
 * Sources: grafana/clickhouse-datasource, pkg/macros/macros.go and src/data/CHDatasource.ts (`applyConditionalAll`).
 */

export interface Viewing {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalSeconds: number;
  /** Values chosen for each variable; `all` stands for the choice "All" with these values behind it. */
  readonly variables: Readonly<Record<string, { readonly all: boolean; readonly values: readonly string[] }>>;
}

export function expandQuery(sql: string, viewing: Viewing): string {
  const { fromMs, toMs, intervalSeconds } = viewing;
  const from = `toDateTime(${Math.floor(fromMs / 1000)})`;
  const to = `toDateTime(${Math.floor(toMs / 1000)})`;
  const macros: Readonly<Record<string, (args: readonly string[]) => string>> = {
    conditionalAll: ([condition = '', variable = '']) =>
      viewing.variables[variable.replace('$', '')]?.all ? '1=1' : condition,
    timeFilter: ([column]) => `${column} >= ${from} AND ${column} <= ${to}`,
    timeInterval: ([column]) => `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalSeconds} second)`,
  };
  const called = Object.entries(macros).reduce((text, [name, expand]) => expandCalls(text, `$__${name}(`, expand), sql);
  const plain = called
    .replaceAll('$__fromTime', from)
    .replaceAll('$__toTime', to)
    .replaceAll('$__interval_s', String(intervalSeconds));
  const filled = plain.replace(/\$\{(\w+):singlequote\}/g, (_, name: string) => quoted(viewing, name));
  const left = /\$\w+|\$\{.*?\}/.exec(filled);
  if (left !== null) throw new Error(`${left[0]} is neither a macro nor a variable that is known here`);
  return filled;
}

function quoted({ variables }: Viewing, name: string): string {
  const chosen = variables[name];
  if (chosen === undefined) throw new Error(`no variable ${name}`);
  return chosen.values.map((value) => `'${value.replace(/'/g, "\\'")}'`).join(',');
}

/** Replaces each `opening args)`; arguments are split at commas outside of brackets and quotes. */
function expandCalls(sql: string, opening: string, expand: (args: readonly string[]) => string): string {
  let text = sql;
  for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening)) {
    const { args, end } = readArguments(text, at + opening.length);
    text = text.slice(0, at) + expand(args) + text.slice(end);
  }
  return text;
}

function readArguments(sql: string, start: number): { readonly args: readonly string[]; readonly end: number } {
  const args = [''];
  let depth = 0;
  for (let i = start; i < sql.length; i += 1) {
    const letter = sql.charAt(i);
    if (letter === ')' && depth === 0) return { args: args.map((arg) => arg.trim()), end: i + 1 };
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) args.push('');
    else args.push((args.pop() ?? '') + letter);
  }
  throw new Error(`a macro is not closed: ${sql.slice(start)}`);
}
