/** The threads that take telemetry: started together, counted together, closed together. */

import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Collector } from '../../collector/collector.ts';
import type { Counters } from '../../collector/counters.ts';
import { checkPortIsFree } from '../../collector/doors/http.ts';
import { type ErrorCode, HingeError } from '../../errors.ts';
import type { Log } from '../../model.ts';
import { entryBeside } from '../thread/caller.ts';
import { sumOf } from './collector-counters.ts';
import type { Taking, TakingOptions } from './taking.ts';

export type ToThread = 'count' | 'close';

export type FromThread =
  | { readonly kind: 'open'; readonly address: Collector['address'] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'counters'; readonly counters: Counters }
  | { readonly kind: 'log'; readonly level: keyof Log; readonly fields: object; readonly text: string };

const ENTRY = entryBeside(import.meta, 'collector-thread');
/** Garbage of requests is small, since their bodies are not on the heap. */
const YOUNG_GENERATION_MIB = 8;
/** So much may be used, or lie beside the heap, before the first full collection is worth its time. */
const OLD_GENERATION_MIB = 48;

/**
 * The first thread takes the ports; the others share the one of OTLP/HTTP with it, and the kernel spreads connections.
 * @throws as openCollector
 */
export async function openCollectorThreads(options: TakingOptions, log: Log): Promise<Taking> {
  const { host, port } = options.collector;
  if (options.shares > 1) await checkPortIsFree(host, port);
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await openThread(options, log));
  const collector = { ...options.collector, port: first.address.port, grpcPort: null };
  const threads = [first];
  while (threads.length < options.shares) threads.push(stack.use(await openThread({ ...options, collector }, log)));
  const owned = stack.move();
  return {
    address: first.address,
    counters: async () => sumOf(await Promise.all(threads.map((thread) => thread.counters()))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openThread(options: TakingOptions, log: Log): Promise<Taking> {
  // Read when a heap is made. Without it, bodies and blocks beside the heap made it be collected 29 times a million spans.
  setFlagsFromString(`--initial-old-space-size=${OLD_GENERATION_MIB}`);
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB };
  const worker = new Worker(ENTRY, { workerData: options, resourceLimits, name: 'collector' });
  const asked: ((counters: Counters) => void)[] = [];
  const opening = Promise.withResolvers<Collector['address']>();
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'log') log[message.level](message.fields, message.text);
    else if (message.kind === 'counters') asked.shift()?.(message.counters);
    else if (message.kind === 'open') opening.resolve(message.address);
    else opening.reject(new HingeError(message.code, message.message));
  });
  // A fault of its own ends the thread, and from here the process: nobody would hear senders any more.
  const ended = once(worker, 'exit');
  const say = (message: ToThread) => worker.postMessage(message);
  const address = await opening.promise;
  return {
    address,
    counters() {
      const { promise, resolve } = Promise.withResolvers<Counters>();
      asked.push(resolve);
      say('count');
      return promise;
    },
    async [Symbol.asyncDispose]() {
      say('close');
      await ended;
    },
  };
}
