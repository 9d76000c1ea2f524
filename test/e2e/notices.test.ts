/** A notice of a real `hinge serve`: a decision of the controller reaches its receiver, and no secret reaches any output. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { openReceiver } from '../flags/notices/scene.ts';
import { hinge, scratchFolder, serveHinge } from '../support/hinge.ts';

const folder = scratchFolder();
afterAll(() => folder[Symbol.dispose]());

const SECRET = 'whsec_Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5';
const CANARIES = [SECRET.slice(6), 'T0CANARY', 'user:canary'];

it('tells that Unleash refuses the token, and tells no secret', async () => {
  const unleash = createServer((_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"name":"AuthenticationRequired"}');
  });
  unleash.listen(0, '127.0.0.1');
  await once(unleash, 'listening');
  await using receiver = await openReceiver((n) => (n === 0 ? 503 : 204));
  const config = folder.write(
    'hinge.yaml',
    `data: ${JSON.stringify(`${folder.path}/data`)}
api: { port: 0, publicUrl: https://hinge.example }
collector: { port: 0, grpcPort: null }
controller: { intervalSeconds: 1 }
unleash: { url: "http://127.0.0.1:${(unleash.address() as AddressInfo).port}", token: "user:canary" }
slos: [{ name: fast, service: cart, indicator: latency, thresholdMs: 100, objective: 0.99 }]
behaviours: [{ name: b, service: cart, flag: f, environments: [production], mode: act, slos: [fast] }]
notices:
  - { url: "${receiver.url}/T0CANARY", secret: ${SECRET}, allowPrivate: true, on: [BLOCKED] }
  - { url: "http://localhost:${receiver.port}/slack/T0CANARY", format: slack, allowPrivate: true }
`,
  );
  const said: string[] = [];
  await using serving = await serveHinge(['--config', config, '--set', 'log=debug']);
  const paths = () => receiver.received.map(({ path }) => path);
  await expect.poll(paths, { timeout: 20_000 }).toEqual(expect.arrayContaining(['/hook/T0CANARY', '/slack/T0CANARY']));
  await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(3);
  const signed = receiver.received.find(({ path }) => path === '/hook/T0CANARY');
  expect(signed?.headers['webhook-signature']).toMatch(/^v1,/);
  expect(JSON.parse(signed?.body ?? '')).toMatchObject({
    type: 'hinge.decision',
    data: { decision: 'BLOCKED', flag: 'f', environment: 'production', link: 'https://hinge.example/' },
  });
  for (const path of ['/', '/readyz', '/metrics', '/api/v1/actions']) {
    said.push(await (await fetch(serving.apiUrl + path)).text());
  }
  const doctor = await hinge(['doctor', '--config', config, '--server', serving.apiUrl]);
  await serving.end('SIGTERM');
  said.push(serving.err(), doctor.out, doctor.err);
  expect(serving.err()).toContain('a notice did not get through');
  for (const canary of CANARIES) expect(said.join('\n')).not.toContain(canary);
  unleash.closeAllConnections();
  unleash.close();
});
