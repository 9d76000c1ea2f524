/** People and the controller, as they meet: by command, by API and by file, each in time and under their names. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createToken } from '../../tokens.ts';
import { hinge, type RunningHinge, scratchFolder, serveHinge } from '../support/hinge.ts';

const folder = scratchFolder();
const STOP = join(folder.path, 'data', 'STOP');
const ada = createToken();
const config = folder.write(
  'hinge.yaml',
  `data: ${folder.path}/data
collector: { port: 0, grpcPort: null }
api: { port: 0 }
tokens: [{ name: ada, sha256: ${ada.sha256}, scopes: [operate] }]
slos: [{ name: pay-errors, service: pay, indicator: errors, objective: 0.99 }]
behaviours: [{ name: retries, service: pay, flag: pay.retry, environments: [production], slos: [pay-errors] }]
`,
);
let running: RunningHinge;

const serve = async () => {
  running = await serveHinge(['--config', config]);
};
beforeAll(serve);
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const flags = (...words: string[]) =>
  hinge(['flags', ...words, '--server', running.apiUrl], { HINGE_TOKEN: ada.token });

async function automation(): Promise<{ on: boolean; text: string }> {
  const headers = { authorization: `Bearer ${ada.token}` };
  const answer = await (await fetch(`${running.apiUrl}/api/v1/flags`, { headers })).json();
  return (answer as { automation: { on: boolean; text: string } }).automation;
}

it('a file stops all within a second, and its going lifts the stop', async () => {
  expect(await automation()).toEqual({ on: true, text: 'on' });
  writeFileSync(STOP, '');
  await delay(1_000);
  expect(await automation()).toMatchObject({ on: false, text: expect.stringContaining(STOP) });
  expect((await flags('status')).out).toMatch(/^no flag is written to: stopped by the file/);
  const told = /all flags {2}STOPPED {2}all changes of flags were stopped by a person by the stop file at /;
  await expect.poll(async () => (await flags('status')).out, { timeout: 20_000 }).toMatch(told);
  expect(running.err()).toContain('the stop file is there: no flag is written to');
  rmSync(STOP);
  await delay(1_000);
  expect(await automation()).toEqual({ on: true, text: 'on' });
});

it('a command stops all, under the name of its token, beyond a restart, until a command resumes', async () => {
  expect(await flags('stop')).toMatchObject({
    code: 0,
    out: 'stopped: Hinge changes no flag until hinge flags resume\n',
  });
  expect(running.err()).toContain('ada stopped all changes of flags');
  await running[Symbol.asyncDispose]();
  // Nobody answers: the file says it to the one that starts next.
  rmSync(STOP);
  const unheard = await hinge(['flags', 'stop', '--config', config, '--server', 'http://127.0.0.1:9']);
  expect(unheard).toMatchObject({ code: 4, err: expect.stringContaining(`The file ${STOP} now stops a Hinge`) });
  await serve();
  expect((await automation()).on).toBe(false);
  expect(await flags('resume')).toMatchObject({ code: 0, out: 'resumed; flags that people hold stay held\n' });
  expect([existsSync(STOP), (await automation()).on]).toEqual([false, true]);
});

it.each([
  [['hold', 'pay.rety'], 2, /no behaviour has the flag pay\.rety; they have pay\.retry \(NOT_FOUND\)/],
  [['approve', 'pay.retry'], 4, /pay\.retry does not await .* \(FLAGS_CONFLICT\)/],
  [['restore', 'pay.retry'], 4, /pay\.retry does not await .* \(FLAGS_CONFLICT\)/],
  [['approve'], 2, /name the flag: hinge flags approve FLAG/],
  [['aprove', 'pay.retry'], 2, /unknown word aprove; did you mean approve\?/],
  [['hold', 'pay.retry'], 0, /^$/],
])('hinge flags %j ends with %i', async (words, code, err) => {
  expect(await flags(...words)).toMatchObject({ code, err: expect.stringMatching(err) });
});

it('a policy is replayed over past upgrades, and must be one', async () => {
  expect(await flags('replay', '--policy', config)).toMatchObject({ code: 0, out: 'no upgrade since then\n' });
  const started = await hinge(['upgrade', 'start', '--name', 'v2', '--server', running.apiUrl], {
    HINGE_TOKEN: ada.token,
  });
  expect(started.code).toBe(0);
  const { code, out } = await flags('replay', '--policy', config, '--since', '1h');
  expect(code).toBe(0);
  expect(out).toMatch(
    /^v2 {2}started \S+ \S+ UTC {2}report: inconclusive, NONE\n {2}QUIET {3}retries \(pay\.retry in production\)/,
  );
  expect(out).toMatch(/1 upgrade: 0 right, 0 late, 0 wrong, 0 missed, 1 quiet, 0 untold\n/);
  expect(await flags('replay')).toMatchObject({ code: 2, err: expect.stringContaining('--policy is missing') });
  const odd = await flags('replay', '--policy', config, '--since', 'yesterday');
  expect(odd).toMatchObject({ code: 2, err: expect.stringContaining('as in 12h, 30d or 2w') });
});

it('what became of changes is told to programs and to Prometheus', async () => {
  const headers = { authorization: `Bearer ${ada.token}` };
  const outcomes = await (await fetch(`${running.apiUrl}/api/v1/flags/outcomes`, { headers })).json();
  expect(outcomes).toMatchObject({ items: [], summary: { changes: 0, falseRollbackRate: null } });
  const metrics = await (await fetch(`${running.apiUrl}/metrics`)).text();
  expect(metrics).toMatch(/^hinge_flags_changes\{.*outcome="did-not-help".*\} 0$/m);
});
