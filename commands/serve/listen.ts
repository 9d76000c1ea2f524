/** Serves an HTTP application on an address, and closes it in order. */

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HingeError, messageOf } from '../../errors.ts';

export interface Listening extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** @throws HingeError PORT_IN_USE naming the port and the key that sets it */
export async function listen(
  application: RequestListener,
  host: string,
  port: number,
  key: string,
): Promise<Listening> {
  const server = createServer(application);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message =
        cause.code === 'EADDRINUSE'
          ? `port ${port} on ${host} is in use; stop the other process or set ${key} to another port`
          : `cannot listen on ${host}:${port}: ${messageOf(cause)}; check ${key}`;
      reject(new HingeError('PORT_IN_USE', message, { cause }));
    });
    server.listen(port, host, resolve);
  });
  return {
    host,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 2_000).unref();
      }),
  };
}
