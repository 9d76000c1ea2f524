/** Wrong input of every kind: one clear line that says what to do, the documented exit code or status, and nothing lost. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, hinge, type RunningHinge, scratchFolder, serveHinge } from '../support/hinge.ts';
import { postJson, spanId, traceId, tracesRequest } from '../support/otlp.ts';

const EPHEMERAL = ['--set', 'collector.port=0', '--set', 'collector.grpcPort=0', '--set', 'api.port=0'];
const folder = scratchFolder();
/** Telemetry older than the retention would be dropped. */
const NOW_MS = Date.now();
const line = (n: number) =>
  JSON.stringify(
    tracesRequest([
      {
        service: 'cart',
        items: [{ traceId: traceId(n), spanId: spanId(n), name: 'GET /', startMs: NOW_MS + n, durationMs: 5 }],
      },
    ]),
  );
const good = `${Array.from({ length: 50 }, (_, n) => line(n + 1)).join('\n')}\n`;
const file = {
  good: folder.write('good.json', good),
  truncated: folder.write('truncated.json.gz', gzipSync(good).subarray(0, 120)),
  broken: folder.write('broken.json', `${line(1)}\n{"resourceSpans":[{]\n`),
  metrics: folder.write('empty.json', '{"resourceSpans":[]}\n'),
  changed: folder.write('changed.json', '{"changed":[{"srvice":"cart"}]}'),
  config: folder.write('hinge.yaml', 'data: x\ncollector:\n  prot: 4318\n'),
};

let running: RunningHinge;
beforeAll(async () => {
  running = await serveHinge(['--data', `${folder.path}/data`, ...EPHEMERAL]);
});
afterAll(async () => {
  await running.end('SIGTERM');
  folder[Symbol.dispose]();
});

/** What people see besides progress: one line, no stack trace. */
function complaint({ err }: Finished): string {
  const lines = err.split('\n').filter((each) => each.startsWith('hinge:'));
  expect(lines).toHaveLength(1);
  expect(err).not.toMatch(/\n\s+at /);
  return (lines[0] ?? '').replaceAll(folder.path, 'FOLDER');
}

describe('the command line', () => {
  it.each([
    [
      'an unknown command',
      ['comapre'],
      2,
      'hinge: unknown command comapre; did you mean compare?; hinge --help lists them (USAGE)',
    ],
    [
      'an unknown option',
      ['compare', '--befor', 'x'],
      2,
      'hinge: unknown option --befor; did you mean --before? (USAGE)',
    ],
    [
      'a missing side',
      ['compare', '--before', file.good],
      2,
      /^hinge: --after is missing: name the telemetry files from after the upgrade; .* \(USAGE\)$/,
    ],
    [
      'an unknown format',
      ['report', '--format', 'jsno'],
      2,
      /^hinge: --format jsno: expected one of text, json, html, markdown; did you mean json\? \(USAGE\)$/,
    ],
    [
      'a configuration key with a typo',
      ['serve', '--config', file.config],
      2,
      'hinge: FOLDER/hinge.yaml:3: unknown key collector.prot; did you mean port? (CONFIG_INVALID)',
    ],
    [
      'a missing configuration',
      ['serve', '--config', 'none.yaml'],
      2,
      'hinge: cannot read the configuration none.yaml; check its path (FILE_MISSING)',
    ],
    [
      'a missing telemetry file',
      ['compare', '--before', 'none.json', '--after', file.good],
      2,
      /^hinge: none.json: there is no such file; give OTLP\/JSON lines .* \(FILE_MISSING\)$/,
    ],
    [
      'a manifest with a wrong key',
      ['compare', '--before', file.good, '--after', file.good, '--changed', file.changed],
      2,
      /^hinge: FOLDER\/changed.json: changed\.0\.service: .* expected .* \(INPUT_INVALID\)$/,
    ],
    [
      'a server that is not there',
      ['report', '--server', 'http://127.0.0.1:9'],
      4,
      /^hinge: no Hinge answers at http:\/\/127.0.0.1:9 .*start it with hinge serve.* \(SERVER_UNREACHABLE\)$/,
    ],
  ] as const)('%s', async (_, argv, code, expected) => {
    const finished = await hinge(argv);
    const words = complaint(finished);
    if (typeof expected === 'string') expect(words).toBe(expected);
    else expect(words).toMatch(expected);
    expect(finished).toMatchObject({ code, out: '' });
  });

  it.each([
    ['a truncated gzip', file.truncated, /^hinge: FOLDER\/truncated.json.gz.* \(INPUT_INVALID\)$/],
    [
      'a line that is not JSON',
      file.broken,
      /^hinge: FOLDER\/broken.json, line 2: not valid JSON: .* \(INPUT_INVALID\)$/,
    ],
    [
      'a file without spans',
      file.metrics,
      /^hinge: empty.json: no spans in it; both sides need OTLP traces \(INPUT_INVALID\)$/,
    ],
  ])('compare with %s', async (_, path, expected) => {
    const finished = await hinge(['compare', '--before', file.good, '--after', path]);
    expect(complaint(finished)).toMatch(expected);
    expect(finished).toMatchObject({ code: 2, out: '' });
  });

  it('a data folder in use', async () => {
    const finished = await hinge(['serve', '--data', `${folder.path}/data`, ...EPHEMERAL]);
    expect(complaint(finished)).toMatch(
      /^hinge: the data folder FOLDER\/data is in use by process \d+: stop that Hinge, or choose another folder.*--data.* \(DATA_FOLDER_IN_USE\)$/,
    );
    expect(finished.code).toBe(4);
  });

  it.each([
    ['collector.port', () => new URL(running.otlpUrl).port],
    ['api.port', () => new URL(running.apiUrl).port],
  ])('a %s in use', async (key, port) => {
    const finished = await hinge([
      'serve',
      '--data',
      `${folder.path}/second`,
      ...EPHEMERAL,
      '--set',
      `${key}=${port()}`,
    ]);
    expect(complaint(finished)).toMatch(new RegExp(`^hinge: port ${port()} .* in use.*${key}.* \\(PORT_IN_USE\\)$`));
    expect(finished.code).toBe(4);
  });
});

describe('the collector', () => {
  let next = 1_000;

  it.each([
    ['invalid protobuf', 'application/x-protobuf', new Uint8Array([10, 255, 255, 255, 255, 15, 1]), {}, 400],
    ['invalid JSON', 'application/json', '{"resourceSpans":[', {}, 400],
    ['a truncated gzip', 'application/json', gzipSync(good).subarray(0, 60), { 'content-encoding': 'gzip' }, 400],
    ['an unknown content type', 'text/plain', 'hello', {}, 415],
  ])('answers %s and takes the next request', async (_, type, body, headers, status) => {
    const response = await fetch(`${running.otlpUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body,
    });
    expect(response.status).toBe(status);
    expect((await response.text()).length).toBeGreaterThan(10);
    expect((await postJson(`${running.otlpUrl}/v1/traces`, JSON.parse(line(next++)))).status).toBe(200);
  });

  it('keeps what it took before', async () => {
    const ready = (await (await fetch(`${running.apiUrl}/readyz`)).json()) as {
      checks: { name: string; text: string }[];
    };
    expect(ready.checks.find((check) => check.name === 'telemetry')?.text).toMatch(/^4 spans/);
  });
});

describe('Unleash', () => {
  it('a token that is refused: named by doctor and by readiness, no flag is touched', async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.method ?? '');
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"name":"AuthenticationRequired"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = folder.write(
      'refused.yaml',
      `unleash: {url: "${url}", token: "user:wrong"}
slos: [{name: fast, service: cart, indicator: latency, thresholdMs: 100, objective: 0.99}]
behaviours: [{name: b, service: cart, flag: f, environments: [production], mode: act, slos: [fast]}]
`,
    );
    const { out, code } = await hinge(['doctor', '--config', config, '--server', 'http://127.0.0.1:9']);
    expect(out).toMatch(/^fail {2}unleash .*401.*token/m);
    expect(code).toBe(4);
    expect(out).not.toContain('user:wrong');

    const argv = ['--config', config, '--data', `${folder.path}/refused`, '--set', 'controller.intervalSeconds=1'];
    await using serving = await serveHinge([...argv, ...EPHEMERAL]);
    const flagCheck = async () => {
      const { checks } = (await (await fetch(`${serving.apiUrl}/readyz`)).json()) as {
        checks: { name: string; ok: boolean; text: string }[];
      };
      return checks.find(({ name }) => name === 'flag f');
    };
    await expect
      .poll(flagCheck, { timeout: 10_000 })
      .toMatchObject({ ok: false, text: expect.stringMatching(/401.*token/) });
    expect((await postJson(`${serving.otlpUrl}/v1/traces`, JSON.parse(line(1)))).status).toBe(200);
    expect(serving.err()).not.toContain('user:wrong');
    expect(new Set(requests)).toEqual(new Set(['GET']));
    server.close();
  });
});
