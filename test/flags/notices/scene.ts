/** Receivers that listen on real sockets, lines of a journal, and a clock that pauses do not wait for. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chain, type JournalDraft } from '../../../flags/journal.ts';
import type { Cursor } from '../../../flags/notices/cursor.ts';
import type { JournalEntry, Log } from '../../../model.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections, also those that say nothing. */
  connections(): number;
}

/** Answers the n-th request (0, 1, ...) with what `answer` gives: a status, or a status and fields. */
export async function openReceiver(
  answer: (n: number) => number | readonly [number, Record<string, string>] = () => 204,
  host = '127.0.0.1',
): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const told = answer(received.length);
    received.push({ path: request.url ?? '', headers: request.headers, body });
    if (typeof told === 'number') response.writeHead(told).end('ok');
    else response.writeHead(told[0], told[1]).end();
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/hook`,
    received,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const START_MS = Date.UTC(2026, 0, 5, 14, 32);

const DRAFT: JournalDraft = {
  atMs: START_MS,
  actor: 'hinge',
  flag: 'checkout.retry',
  environment: 'production',
  upgradeId: '2026-01-05-checkout',
  state: 'KILL',
  intent: '{"kind":"disable"}',
  text: 'turning checkout.retry off, because "fast" burns',
  evidence: '{}',
};

/** A chained journal of as many lines as there are drafts. */
export function journalOf(drafts: readonly Partial<JournalDraft>[]): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const draft of drafts) entries.push(chain(entries.at(-1), { ...DRAFT, ...draft }));
  return entries;
}

/** A log that keeps its lines as text. */
export function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: object, message: string): void => void lines.push(`${JSON.stringify(fields)} ${message}`);
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

export function cursorInMemory(start: Readonly<Record<string, number>> = {}): Cursor & { place(): number | undefined } {
  const kept = new Map(Object.entries(start));
  return {
    read: async (key) => kept.get(key),
    write: async (key, sequence) => void kept.set(key, sequence),
    place: () => [...kept.values()][0],
  };
}
