/** Who gets in when the collector has a certificate, and when clients must have one: both doors, real connections. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TlsPaths } from '../../collector/doors/tls.ts';
import { exported, exportedSpan } from './grpc-support.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const path = (name: string) => join(import.meta.dirname, '../golden/tls', name);
const pem = (name: string) => readFileSync(path(name));

const SERVER: TlsPaths = { certFile: path('server.crt'), keyFile: path('server.key') };
const MUTUAL: TlsPaths = { ...SERVER, clientCaFile: path('authority.crt') };
const certificateOf = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });

async function open(tls: TlsPaths) {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink, {}, { tls, grpcPort: 0 });
  onTestFinished(() => collector[Symbol.asyncDispose]());
  return { memory, port: collector.address.port, grpcPort: collector.address.grpcPort };
}

/** The status of an empty export, or the code of what went wrong with the connection. */
async function post(port: number, options: RequestOptions): Promise<number | string | undefined> {
  const headers = { 'content-type': 'application/json', 'content-length': 2 };
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/v1/traces',
    method: 'POST',
    headers,
    agent: false,
    ...options,
  });
  sent.end('{}');
  try {
    const [response] = await once(sent, 'response');
    response.resume();
    return response.statusCode;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

describe('with a certificate', () => {
  it('HTTP takes who trusts its authority, and nobody over plain HTTP', async () => {
    const { port } = await open(SERVER);

    expect(await post(port, { ca: pem('authority.crt') })).toBe(200);
    expect(await post(port, { ca: pem('stranger.crt') })).toMatch(/SIGNATURE|SELF_SIGNED|UNABLE/);
    await expect(fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', body: '{}' })).rejects.toThrow();
  });

  it('HTTP speaks no TLS older than 1.2', async () => {
    const { port } = await open(SERVER);

    expect(await post(port, { ca: pem('authority.crt'), maxVersion: 'TLSv1.2' })).toBe(200);
    expect(
      await post(port, {
        ca: pem('authority.crt'),
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'ALL:@SECLEVEL=0',
      }),
    ).toMatch(/EPROTO|ERR_SSL|ECONNRESET/);
  });

  it('gRPC takes spans over an encrypted connection', async () => {
    const { memory, grpcPort } = await open(SERVER);
    const exporter = new OTLPTraceExporter({
      url: `https://127.0.0.1:${grpcPort}`,
      credentials: credentials.createSsl(pem('authority.crt')),
    });
    onTestFinished(() => exporter.shutdown());

    expect(await exported(exporter)).toEqual({ code: 0 });
    expect(memory.rows('otel_traces')).toMatchObject([{ SpanName: exportedSpan.name }]);
  });
});

describe('with an authority for clients', () => {
  it.each([
    ['a client that it signed', 'client', 200],
    ['no certificate', undefined, /ERR_SSL|ECONNRESET/],
    ['a client of another authority', 'foreign-client', /ERR_SSL|ECONNRESET/],
    ['a certificate that has expired', 'expired-client', /ERR_SSL|ECONNRESET/],
  ])('HTTP, %s', async (_, name, expected) => {
    const { port } = await open(MUTUAL);
    const outcome = await post(port, {
      ca: pem('authority.crt'),
      ...(name === undefined ? {} : certificateOf(name)),
    });

    if (typeof expected === 'number') expect(outcome).toBe(expected);
    else expect(outcome).toMatch(expected);
  });

  it.each([
    ['a client that it signed', 'client', true],
    ['no certificate', undefined, false],
    ['a client of another authority', 'foreign-client', false],
    ['a certificate that has expired', 'expired-client', false],
  ])('gRPC, %s', async (_, name, isTaken) => {
    const { memory, grpcPort } = await open(MUTUAL);
    const [key, cert] = name === undefined ? [null, null] : [pem(`${name}.key`), pem(`${name}.crt`)];
    const exporter = new OTLPTraceExporter({
      url: `https://127.0.0.1:${grpcPort}`,
      credentials: credentials.createSsl(pem('authority.crt'), key, cert),
      timeoutMillis: 2_000,
    });
    onTestFinished(() => exporter.shutdown());

    expect((await exported(exporter)).code === 0).toBe(isTaken);
    expect(memory.rows('otel_traces')).toHaveLength(isTaken ? 1 : 0);
  });
});

it.each<[string, TlsPaths, RegExp]>([
  [
    'a certificate that is not there',
    { ...SERVER, certFile: path('none.crt') },
    /collector\.tls\.certFile: \S+none\.crt cannot be read/,
  ],
  [
    'a key that is not PEM',
    { ...SERVER, keyFile: path('make.sh') },
    /collector\.tls\.keyFile: \S+make\.sh is not what it should be/,
  ],
  [
    'the key of another certificate',
    { ...SERVER, keyFile: path('client.key') },
    /collector\.tls\.keyFile: .* is not the key of the certificate/,
  ],
  [
    'an authority that is a key',
    { ...MUTUAL, clientCaFile: path('server.key') },
    /collector\.tls\.clientCaFile: .* give PEM/,
  ],
])('%s is named with its key', async (_, tls, message) => {
  const opening = openTestCollector(createMemorySink().sink, {}, { tls });

  await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
});
