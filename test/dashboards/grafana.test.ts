import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { upgradeOverview } from '../../dashboards/grafana/boards.ts';
import { grafanaFiles, PASSWORD_VARIABLE } from '../../dashboards/grafana/provisioning.ts';
import type { Store } from '../../store/store.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../support/spans.ts';
import { expandQuery, type Viewing } from './grafana-macros.ts';

const MINUTE = 60_000;
const SERVICES = ['gateway', 'checkout'] as const;

/** Two services over twenty minutes, twenty calls a minute; from the tenth on a new build: slower, failing, repeating. */
function spans(): readonly SpanSpec[] {
  return Array.from({ length: 400 }, (_, i) => SERVICES.flatMap((service) => request(service, i, i >= 200))).flat();
}

/** One served call and its call to payments; the new build has every third of those fail and repeats it. */
function request(service: string, i: number, fresh: boolean): readonly SpanSpec[] {
  const version = fresh ? '2.0.0' : '1.0.0';
  const shared = { trace: `t${i}-${service}`, service, version, instance: `${service}-${i % 3}` };
  const startMs = i * 3_000;
  const failed = i % (fresh ? 10 : 50) === 0;
  const again = fresh && i % 3 === 0;
  const peer = { 'server.address': 'payments', 'http.request.method': 'POST' };
  const call = { ...shared, parent: 's', name: 'POST', kind: 'Client' as const, durationMs: 5, attributes: peer };
  const served: SpanSpec = {
    ...shared,
    span: 's',
    name: `POST /${service}`,
    startMs,
    durationMs: (fresh ? 60 : 20) + ((i * 7) % 20),
    status: failed ? 'Error' : 'Unset',
    attributes: { 'http.request.method': 'POST', 'http.route': `/${service}` },
  };
  const first: SpanSpec = { ...call, span: 'c', startMs: startMs + 1, status: again ? 'Error' : 'Unset' };
  const resent = { ...peer, 'http.request.resend_count': '1' };
  const second: SpanSpec = { ...call, span: 'd', startMs: startMs + 8, attributes: resent };
  return again ? [served, first, second] : [served, first];
}

async function seed(store: Store): Promise<void> {
  await insertSpans(store, spans());
  await store.seal(T0_MS + 60 * MINUTE);
  await store.upgrades.start({
    id: 'u1',
    name: 'dten-7.2',
    startedMs: T0_MS + 10 * MINUTE,
    finishedMs: null,
    changed: [],
  });
  await store.upgrades.finish('u1', T0_MS + 11 * MINUTE);
  await store.journal.append({
    sequence: 1,
    atMs: T0_MS + 15 * MINUTE,
    actor: 'hinge',
    flag: 'checkout.retry-strategy',
    environment: 'production',
    upgradeId: 'u1',
    state: 'KILL',
    intent: 'off',
    text: 'turned off',
    evidence: '{}',
    previousHash: '',
    hash: 'a'.repeat(64),
  });
}

interface Query {
  readonly name: string;
  readonly kind: string;
  readonly sql: string;
}

interface Target {
  readonly rawSql: string;
  readonly queryType: string;
  readonly format: number;
}

interface PanelJson {
  readonly title: string;
  readonly type: string;
  readonly description: string;
  readonly targets: readonly Target[];
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

interface BoardJson {
  readonly panels: readonly PanelJson[];
  readonly annotations: {
    readonly list: readonly {
      readonly name: string;
      readonly target: Target;
      readonly datasource: { readonly uid: string };
    }[];
  };
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[];
  };
}

/** As Grafana reads it: through JSON. */
function board(database: string): BoardJson {
  return JSON.parse(JSON.stringify(upgradeOverview({ database, hingeUrl: 'http://127.0.0.1:4319', slotSeconds: 60 })));
}

function queries({ panels, annotations, templating }: BoardJson): readonly Query[] {
  return [
    ...panels.flatMap(({ title, targets }) => targets.map((t) => ({ name: title, kind: t.queryType, sql: t.rawSql }))),
    ...annotations.list.map(({ name, target }) => ({ name, kind: 'annotation', sql: target.rawSql })),
    ...templating.list.filter((v) => v.type === 'query').map((v) => ({ name: v.name, kind: 'variable', sql: v.query })),
  ];
}

interface Answer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly (readonly unknown[])[];
}

const engine = useEngine();

/** As Grafana does: over HTTP, as the read-only user. */
async function ask(sql: string): Promise<Answer> {
  const { url, username, password } = engine.engine.reader;
  const headers = { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password };
  const response = await fetch(`${url}/?default_format=JSONCompact`, { method: 'POST', headers, body: sql });
  const text = await response.text();
  if (!response.ok) throw new Error(`${text.trim()}\n${sql}`);
  return JSON.parse(text);
}

const looking = { fromMs: T0_MS - MINUTE, toMs: T0_MS + 30 * MINUTE, intervalSeconds: 60 };
const everything = { all: true, values: ['/gateway', 'POST /gateway', 'POST /checkout'] };

describe('the upgrade overview on the engine', () => {
  let names: readonly Query[] = [];
  beforeEach(async () => {
    await seed(await engine.freshStore());
    names = queries(board(engine.database));
  });

  it.each<[string, Viewing['variables']]>([
    ['everything is chosen', { service: { all: true, values: SERVICES }, endpoint: everything }],
    [
      'one endpoint is chosen',
      { service: { all: false, values: ['checkout'] }, endpoint: { all: false, values: ['POST /checkout'] } },
    ],
  ])('gives rows to every panel, variable and annotation when %s', async (_, variables) => {
    const empty: string[] = [];
    for (const { name, kind, sql } of names) {
      const { meta, data } = await ask(expandQuery(sql, { ...looking, variables }));
      if (data.length === 0) empty.push(name);
      if (kind === 'timeseries') expectSeries(name, { meta, data });
      if (kind === 'annotation') expect(meta.map((column) => column.name)).toEqual(['time', 'text', 'tags']);
    }
    expect(empty).toEqual([]);
  });

  it('shows what was put in: latency, errors, attempts, the row of the report', async () => {
    const variables = { service: { all: false, values: ['checkout'] }, endpoint: everything };
    const column = async (name: string): Promise<Answer['data']> => {
      const sql = names.find((query) => query.name === name)?.sql ?? '';
      return (await ask(expandQuery(sql, { ...looking, variables }))).data;
    };
    const p50 = await column('p50 latency by build');
    expect(p50.map((row) => row[1])).toEqual([
      ...Array(10).fill('checkout 1.0.0'),
      ...Array(10).fill('checkout 2.0.0'),
    ]);
    for (const [, build, ms] of p50) expect(Number(ms)).toBeCloseTo(build === 'checkout 1.0.0' ? 29.5 : 69.5, -0.6);
    const attempts = await column('Attempts per call');
    expect(attempts.map(([, edge]) => edge)).toEqual(Array(20).fill('checkout → payments'));
    expect(Number(attempts[0]?.[2])).toBe(1);
    expect(Number(attempts.at(-1)?.[2])).toBeCloseTo(4 / 3, 1);
    const errors = await column('Error rate by build');
    expect(Number(errors.at(-1)?.[2])).toBeCloseTo(0.1, 1);
    const changes = await column('p99 before and after the newest upgrade');
    expect(changes[0]?.slice(0, 2)).toEqual(['checkout', 'POST /checkout']);
    expect(changes[0]?.at(-1)).toBe('u1');
  });

  it('counts every call that did not fail once in the heatmap', async () => {
    const sql = names.find((query) => query.name === 'Latency, all calls')?.sql ?? '';
    const variables = { service: { all: true, values: SERVICES }, endpoint: everything };
    const { data } = await ask(expandQuery(sql, { ...looking, variables }));
    const counted = data.flatMap((row) => row.slice(1).map(Number)).reduce((a, b) => a + b, 0);
    const served = spans().filter((span) => span.span === 's' && span.status === 'Unset');
    expect(counted).toBe(served.length);
  });
});

/** Grafana wants the time first, then the names of the lines, then their values. */
function expectSeries(name: string, { meta, data }: Answer): void {
  expect(meta[0]?.type, name).toMatch(/^DateTime/);
  const kinds = meta.slice(1).map(({ type }) => (/String/.test(type) ? 'name' : 'value'));
  expect(kinds, name).toEqual(kinds.toSorted());
  expect(kinds, name).toContain('value');
  const times = data.map((row) => String(row[0]));
  expect(times, name).toEqual(times.toSorted());
  expect(
    data.flat().filter((value) => value === null),
    name,
  ).toEqual([]);
}

describe('the board', () => {
  const { panels, annotations, templating } = board('hinge');

  it.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s has words, a unit, and the data source of the viewer',
    (_, panel) => {
      expect(panel.description.length).toBeGreaterThan(20);
      expect(panel.fieldConfig.defaults.unit).not.toBe('');
      expect(panel.datasource).toEqual({ type: 'grafana-clickhouse-datasource', uid: `\${datasource}` });
      for (const target of panel.targets) expect(target.format).toBe(target.queryType === 'timeseries' ? 0 : 1);
    },
  );

  it('covers the width without overlap', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  it('marks upgrades and actions, and lets the viewer choose', () => {
    expect(annotations.list.map(({ name }) => name)).toEqual(['Upgrades', 'Flag actions']);
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'service', 'endpoint', 'hinge']);
  });

  it('reads the database that it is told', () => {
    const sql = queries(board('hinge_eu'))
      .map((query) => query.sql)
      .join('\n');
    expect(sql).toContain('hinge_eu.sealed_cells');
    expect(sql).not.toMatch(/\bhinge\./);
  });
});

describe('the provisioning files', () => {
  const files = grafanaFiles({
    database: 'hinge',
    hingeUrl: 'http://127.0.0.1:4319',
    slotSeconds: 60,
    clickhouse: { url: 'https://db.example:8443', username: 'a"b: c' },
  });

  it('are a data source, a provider and the board', () => {
    expect(files.map(({ path }) => path)).toEqual([
      'datasources/hinge.yaml',
      'dashboards/hinge.yaml',
      'dashboards/hinge/upgrade-overview.json',
    ]);
    for (const { path, text } of files)
      expect(() => (path.endsWith('.json') ? JSON.parse(text) : parse(text))).not.toThrow();
  });

  it('connect as told, with the password from the environment', () => {
    const { datasources } = parse(files[0]?.text ?? '') as { readonly datasources: readonly Record<string, unknown>[] };
    expect(datasources[0]).toMatchObject({
      type: 'grafana-clickhouse-datasource',
      jsonData: { host: 'db.example', port: 8443, secure: true, username: 'a"b: c', defaultDatabase: 'hinge' },
      secureJsonData: { password: `$${PASSWORD_VARIABLE}` },
    });
  });
});
