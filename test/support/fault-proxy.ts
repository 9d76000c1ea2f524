/** A TCP proxy before an HTTP server that breaks calls as networks and servers do; the bytes are those of the two sides. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type CallFault =
  /** Answered by the proxy; the server sees nothing. */
  | { readonly kind: 'status'; readonly status: number }
  /** The connection is reset; the server sees nothing. */
  | { readonly kind: 'reset' }
  /** No answer until the caller gives up; the server sees nothing. */
  | { readonly kind: 'silent' }
  /** The server has answered; the connection is reset in place of the answer. */
  | { readonly kind: 'lost' }
  /** The connection is reset in the middle of the answer. */
  | { readonly kind: 'half' }
  /** The answer takes its time. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** The request takes its time; the server gets it even where the caller has given up. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** The head of the request is rewritten on the way. */
  | { readonly kind: 'head'; readonly edit: (head: string) => string };

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** `POST /path?query`, in the order of arrival. */
  readonly calls: readonly string[];
  /** Calls that were broken. */
  broken(): number;
  /** Calls without an answer so far. */
  pending(): number;
  /** The next `times` calls that fit are broken; replaces what was said before. @default which: all, times: all */
  break(fault: CallFault, which?: (call: string) => boolean, times?: number): void;
  /** Everything goes through again. */
  mend(): void;
}

/** One whole request; null while more is to come. Bodies come with their length or in chunks. */
function requestIn(bytes: string): { head: string; body: string } | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.slice(0, end);
  const body = bytes.slice(end + 4);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  const isWhole = /^transfer-encoding: *chunked/im.test(head)
    ? body.endsWith('0\r\n\r\n')
    : body.length >= Number(length ?? 0);
  return isWhole ? { head, body } : null;
}

/** One call a connection: then an answer is whole when the server closes. */
const oneCall = (head: string, host: string): string =>
  `${head.replace(/\r\n(connection|host):[^\r]*/gi, '')}\r\nhost: ${host}\r\nconnection: close`;

function exchange(target: URL, request: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const upstream = connect(Number(target.port), target.hostname, () => upstream.write(request, 'latin1'));
    upstream.on('data', (chunk) => chunks.push(chunk));
    upstream.on('end', () => resolve(Buffer.concat(chunks)));
    upstream.on('error', reject);
  });
}

async function answer(client: Socket, target: URL, { head, body }: { head: string; body: string }, fault?: CallFault) {
  if (fault?.kind === 'reset') return void client.resetAndDestroy();
  if (fault?.kind === 'silent') return;
  if (fault?.kind === 'status') {
    const text = '{"message":"told to"}';
    const lines = [`HTTP/1.1 ${fault.status} Told`, 'content-type: application/json', `content-length: ${text.length}`];
    return void client.end(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${text}`);
  }
  if (fault?.kind === 'late') await sleep(fault.delayMs);
  const sent = oneCall(fault?.kind === 'head' ? fault.edit(head) : head, target.host);
  const bytes = await exchange(target, `${sent}\r\n\r\n${body}`);
  if (fault?.kind === 'lost') return void client.resetAndDestroy();
  if (fault?.kind === 'half') {
    return void client.write(bytes.subarray(0, bytes.length - 2), () => client.resetAndDestroy());
  }
  if (fault?.kind === 'slow') await sleep(fault.delayMs);
  client.end(bytes);
}

export async function startFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const calls: string[] = [];
  let plan: { fault: CallFault; which: (call: string) => boolean; left: number } | null = null;
  let broken = 0;
  let pending = 0;

  function faultOf(call: string): CallFault | undefined {
    if (plan === null || plan.left === 0 || !plan.which(call)) return undefined;
    plan.left -= 1;
    broken += 1;
    return plan.fault;
  }

  async function serve(client: Socket, request: { head: string; body: string }): Promise<void> {
    const call = request.head.split(' ').slice(0, 2).join(' ');
    calls.push(call);
    pending += 1;
    client.once('close', () => (pending -= 1));
    // A server that is gone is a connection that is gone.
    await answer(client, target, request, faultOf(call)).catch(() => client.resetAndDestroy());
  }

  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => {});
    let bytes = '';
    client.on('data', (chunk) => {
      bytes += chunk.toString('latin1');
      const request = requestIn(bytes);
      if (request === null) return;
      bytes = '';
      serve(client, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    broken: () => broken,
    pending: () => pending,
    break(fault, which = () => true, times = Number.POSITIVE_INFINITY) {
      plan = { fault, which, left: times };
    },
    mend() {
      plan = null;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
