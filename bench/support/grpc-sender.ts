/** Calls a unary gRPC method over HTTP/2, the message being bytes that are written already. */

import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Outcome, Send } from './load.ts';

export interface GrpcSender extends AsyncDisposable {
  readonly send: Send;
}

/** gRPC statuses, from its statuscodes.md. */
const OK = '0';
const UNAVAILABLE = '14';

/** `address` is host:port; calls are spread over the connections in turn. */
export async function createGrpcSender(address: string, path: string, connections: number): Promise<GrpcSender> {
  const sessions = Array.from({ length: connections }, () => connect(`http://${address}`));
  await Promise.all(sessions.map((session) => once(session, 'connect')));
  // A connection that breaks is told by the calls on it.
  for (const session of sessions) session.on('error', () => {});
  let calls = 0;
  return {
    send: (bytes) => {
      const session = sessions[calls++ % sessions.length];
      if (session === undefined) throw new Error('a gRPC sender needs a connection');
      return call(session, path, bytes);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sessions.map((session) => new Promise<void>((resolve) => session.close(resolve))));
    },
  };
}

async function call(session: ClientHttp2Session, path: string, bytes: Buffer): Promise<Outcome> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const said: Record<string, unknown> = {};
  const keep = (headers: object) => Object.assign(said, headers);
  stream.on('response', keep).on('trailers', keep).resume();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  stream.write(prefix);
  stream.end(bytes);
  await once(stream, 'close');
  const status = said['grpc-status'];
  if (status === OK) return 'done';
  if (status === UNAVAILABLE) return 'again';
  throw new Error(`gRPC ${path} answered ${status}: ${said['grpc-message']}`);
}
