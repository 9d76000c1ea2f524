/** A TCP proxy in front of ClickHouse that refuses, is slow, or cuts connections, as networks and servers do. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Where a request is cut: in the middle of its body, or when its answer comes, which was then carried out. */
export type Cut = 'body' | 'answer';

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** Ends all connections, and refuses new ones until `open`. */
  refuse(): Promise<void>;
  open(): Promise<void>;
  /** From now on answers come this much later; 0 also lets go of those that are held back. */
  delayAnswers(latencyMs: number): void;
  /** Asked with the first line of every request; undefined lets it pass. */
  cutWhen(decide: (requestLine: string) => Cut | undefined): void;
}

export async function startProxy(target: string): Promise<FaultProxy> {
  const { port: targetPort, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  const held = createHolder();
  let decide: Decide = () => undefined;
  let server: Server | undefined;
  const join = (client: Socket) => {
    const upstream = connect(Number(targetPort), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    couple(client, upstream, held, (line) => decide(line));
  };
  const listen = async (port: number): Promise<number> => {
    server = createServer(join).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const refuse = async () => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    refuse,
    open: async () => void (await listen(port)),
    delayAnswers: held.setLatency,
    cutWhen: (decider) => {
      decide = decider;
    },
    [Symbol.asyncDispose]: refuse,
  };
}

type Decide = (requestLine: string) => Cut | undefined;

function couple(client: Socket, upstream: Socket, held: Holder, decide: Decide): void {
  let cut: Cut | undefined;
  const reset = () => {
    client.resetAndDestroy();
    upstream.resetAndDestroy();
  };
  client.on('data', (bytes) => {
    const line = requestLineOf(bytes);
    if (line !== undefined) cut = decide(line);
    // The piece with the head and, of a small request, all of its body.
    if (cut === 'body') upstream.write(bytes.subarray(0, bytes.length / 2), reset);
    else upstream.write(bytes);
  });
  upstream.on('data', (bytes) => {
    if (cut === 'answer') reset();
    else held.later(() => client.writable && client.write(bytes));
  });
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => held.later(() => client.end()));
}

interface Holder {
  /** Does the work once the latency is over; works of one time are done in their order. */
  later(work: () => void): void;
  setLatency(ms: number): void;
}

function createHolder(): Holder {
  const waiting = new Map<NodeJS.Timeout, () => void>();
  let latencyMs = 0;
  return {
    later(work) {
      if (latencyMs === 0) return work();
      const timer = setTimeout(() => {
        waiting.delete(timer);
        work();
      }, latencyMs);
      waiting.set(timer, work);
    },
    setLatency(ms) {
      latencyMs = ms;
      if (ms > 0) return;
      for (const [timer, work] of waiting) {
        clearTimeout(timer);
        work();
      }
      waiting.clear();
    },
  };
}

/** Undefined in the middle of a body. */
function requestLineOf(bytes: Buffer): string | undefined {
  if (bytes.toString('latin1', 0, 6) !== 'POST /') return undefined;
  return bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
}
